import Glibc
import RootFileSystem

/// Where an image's blobs lie: a folder, or one archive.
protocol ImageStore: Sendable {
    /// What messages call the whole.
    var name: String { get }

    /// The file of that path below the store's root.
    ///
    /// - Returns: nil where there is none.
    /// - Throws: `container.path-unsafe`, `container.link-invalid`, and what the system refuses, such as a symbolic link
    ///   on the way.
    func blob(_ path: String) throws -> Blob?
}

extension ImageStore {
    /// A file that has to be there.
    ///
    /// - Throws: `container.blob-missing`.
    func required(_ path: String) throws -> Blob {
        guard let blob = try blob(path) else {
            throw ContainerError(.blobMissing, subject: Printable.text(path), expected: "a file in \(name)")
        }
        return blob
    }
}

/// A folder with blobs, as OCI's image layout has them.
struct FolderStore: ImageStore {
    let name: String
    private let root: Descriptor

    init(_ path: String) throws {
        name = path
        root = try Descriptor(opening: path, flags: O_RDONLY | O_DIRECTORY)
    }

    func blob(_ path: String) throws -> Blob? {
        guard let place = EntryPath(checking: path.utf8) else {
            throw ContainerError(.pathUnsafe, subject: Printable.text(path), expected: "a path below \(name)")
        }
        guard let file = try open(place) else { return nil }
        let status = try file.status()
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ContainerError(.pathUnsafe, subject: Printable.text(path), expected: "a regular file")
        }
        return Blob(file: file, offset: 0, size: Int(status.st_size), name: "\(place)")
    }

    private func open(_ path: EntryPath) throws(RootFileSystemError) -> Descriptor? {
        do throws(RootFileSystemError) {
            return try root.open(path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        } catch {
            guard error.code == .fileMissing else { throw error }
            return nil
        }
    }
}

/// A tar archive with blobs, as `docker save` writes it, and as an OCI layout is carried.
struct ArchiveStore: ImageStore {
    private enum Member {
        case blob(Blob)
        case link([UInt8])
    }

    private static let maximumLinks = 8

    let name: String
    private var members: [EntryPath: Member] = [:]

    /// Looks through the archive once, without reading its content.
    ///
    /// - Throws: `container.archive-*`, `container.entry-twice`, `container.path-unsafe`, `container.limit-exceeded`.
    init(_ file: Descriptor, size: Int, name: String, interruption: Interruption) throws {
        self.name = name
        let whole = Blob(file: file, offset: 0, size: size, name: name)
        let reader = TarReader(BlobReader(whole, interruption: interruption), name: name)
        var count = 0
        while let entry = try reader.next() {
            count += 1
            guard count <= ContainerLimits.archiveEntries else {
                throw ContainerError(
                    .limitExceeded,
                    subject: name,
                    expected: "at most \(ContainerLimits.archiveEntries) entries"
                )
            }
            if entry.kind == .directory { continue }
            guard let path = EntryPath(checking: entry.name), path != .root else {
                throw ContainerError(.pathUnsafe, subject: entry.place, expected: "a path below the archive's root")
            }
            guard members[path] == nil else {
                throw ContainerError(.entryTwice, subject: entry.place, expected: "one entry of that path")
            }
            switch entry.kind {
            case .file, .oldFile, .contiguousFile:
                guard entry.size <= size - reader.offset else {
                    throw ContainerError(
                        .archiveTruncated,
                        subject: entry.place,
                        expected: "\(entry.size) bytes",
                        found: "\(size - reader.offset)"
                    )
                }
                members[path] = .blob(Blob(file: file, offset: reader.offset, size: entry.size, name: "\(path)"))
            case .symbolicLink: members[path] = .link(path.parent.appending(entry.target).bytes)
            case .hardLink: members[path] = .link(entry.target)
            default: throw ContainerError(.entryUnsupported, subject: entry.place, expected: "a file or a link")
            }
        }
    }

    func blob(_ path: String) throws -> Blob? {
        var bytes = Array(path.utf8)
        for _ in 0..<Self.maximumLinks {
            guard let place = Self.normal(bytes) else {
                throw ContainerError(.pathUnsafe, subject: Printable.text(path), expected: "a path below \(name)")
            }
            switch members[place] {
            case .blob(let blob): return blob
            case .link(let target): bytes = target
            case nil: return nil
            }
        }
        throw ContainerError(
            .linkInvalid,
            subject: Printable.text(path),
            expected: "at most \(Self.maximumLinks) links to a file of \(name)"
        )
    }

    /// A path without "." and "..", or nil where that leads out of the archive.
    private static func normal(_ bytes: [UInt8]) -> EntryPath? {
        guard bytes.first != UInt8(ascii: "/") else { return nil }
        var names: [ArraySlice<UInt8>] = []
        for name in bytes.split(separator: UInt8(ascii: "/")) {
            if name.elementsEqual(".".utf8) { continue }
            if name.elementsEqual("..".utf8) {
                guard names.popLast() != nil else { return nil }
            } else {
                names.append(name)
            }
        }
        return EntryPath(checking: names.joined(separator: [UInt8(ascii: "/")]))
    }
}
