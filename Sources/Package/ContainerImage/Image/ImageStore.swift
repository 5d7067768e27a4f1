import Files
import Glibc
import RootFileSystem

/// Access to an image's blobs by path, in a directory or in an archive.
protocol ImageStore: Sendable {
    /// The store's name in error messages.
    var name: String { get }

    /// Opens the file at a path below the store's root.
    ///
    /// - Returns: nil where there is none.
    /// - Throws: `container.path-unsafe`, `container.link-invalid`, and system errors, for instance for a symbolic link
    ///   in the path.
    func blob(_ path: String) throws -> Blob?
}

extension ImageStore {
    /// Opens a file that must exist.
    ///
    /// - Throws: `container.blob-missing`.
    func required(_ path: String) throws -> Blob {
        guard let blob = try blob(path) else {
            throw ContainerError(.blobMissing, subject: Printable.text(path), expected: "a file in \(name)")
        }
        return blob
    }
}

/// A directory of blobs in OCI image layout; symbolic links are not followed.
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

/// A tar archive of blobs, from `docker save` or of an OCI layout.
struct ArchiveStore: ImageStore {
    private enum Member {
        case blob(Blob)
        case link([UInt8])
    }

    private static let maximumLinks = 8

    let name: String
    private var members: [EntryPath: Member] = [:]

    /// Reads the archive's headers once and skips the content.
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

    /// Resolves "." and ".." in a path; nil where it leads out of the archive.
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
