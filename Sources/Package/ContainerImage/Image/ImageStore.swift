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

    /// Whether the store has folders of a root file system and so is no image.
    var looksLikeRoot: Bool { get }
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

    var looksLikeRoot: Bool {
        ["etc", "usr"].contains { name in
            (try? root.open(EntryPath(unchecked: Array(name.utf8)), flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK)) != nil
        }
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
    /// Folders that a root file system has, and no image.
    private static let rootFolders = ["bin", "dev", "etc", "lib", "proc", "sbin", "usr", "var"]

    let name: String
    /// Whether entries are in folders that only a root file system has.
    private(set) var looksLikeRoot = false
    private var members: [EntryPath: Member] = [:]

    /// Reads the archive's headers once and skips the content.
    ///
    /// - Throws: `container.archive-*`, `container.entry-twice`, `container.path-unsafe`, `container.limit-exceeded`.
    init(_ file: Descriptor, size: Int, name: String, interruption: Interruption) throws {
        self.name = name
        let whole = Blob(file: file, offset: 0, size: size, name: name)
        let reader = TarReader(BlobReader(whole, interruption: interruption), name: name)
        var count = 0
        while let entry = try Self.next(reader, isFirst: count == 0, name: name) {
            count += 1
            guard count <= ContainerLimits.archiveEntries else {
                // A root file system has many entries, and an image has few.
                guard !looksLikeRoot else { return }
                throw ContainerError(
                    .limitExceeded,
                    subject: name,
                    expected: "at most \(ContainerLimits.archiveEntries) entries"
                )
            }
            let path = EntryPath(normalizing: entry.name)
            if let path, Self.rootFolders.contains(where: { path.isBelow(Array($0.utf8)) }) { looksLikeRoot = true }
            if entry.kind == .directory || looksLikeRoot { continue }
            guard let path, path != .root else {
                throw ContainerError(.pathUnsafe, subject: entry.place, expected: "a path below the archive's root")
            }
            guard members[path] == nil else {
                throw ContainerError(.entryTwice, subject: entry.place, expected: "one entry of that path")
            }
            members[path] = try member(entry, path, file: file, offset: reader.offset, size: size)
        }
    }

    /// Reads the next entry; a file that does not begin with a tar header is no tar archive.
    private static func next(_ reader: TarReader, isFirst: Bool, name: String) throws -> TarEntry? {
        do {
            return try reader.next()
        } catch let error as ContainerError where isFirst && error.code.isOfTar {
            throw ContainerError(
                .sourceUnknown,
                subject: name,
                expected: "an OCI layout, or an archive of one or of docker save, plain or compressed",
                found: "no tar archive"
            )
        }
    }

    private func member(
        _ entry: TarEntry,
        _ path: EntryPath,
        file: Descriptor,
        offset: Int,
        size: Int
    ) throws -> Member {
        switch entry.kind {
        case .file, .oldFile, .contiguousFile:
            guard entry.holeSize == 0 else {
                throw ContainerError(.entryUnsupported, subject: entry.place, expected: "a file without holes")
            }
            guard entry.size <= size - offset else {
                throw ContainerError(
                    .archiveTruncated,
                    subject: entry.place,
                    expected: "\(entry.size) bytes",
                    found: "\(size - offset)"
                )
            }
            return .blob(Blob(file: file, offset: offset, size: entry.size, name: "\(path)"))
        case .symbolicLink: return .link(path.parent.appending(entry.target).bytes)
        case .hardLink: return .link(entry.target)
        default: throw ContainerError(.entryUnsupported, subject: entry.place, expected: "a file or a link")
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

extension EntryPath {
    /// Whether the first name of a path with several is that one.
    fileprivate func isBelow(_ name: [UInt8]) -> Bool {
        bytes.count > name.count && bytes.starts(with: name) && bytes[name.count] == UInt8(ascii: "/")
    }
}

extension ContainerError.Code {
    /// Whether the code says that bytes are no tar archive.
    fileprivate var isOfTar: Bool {
        self == .archiveTruncated || self == .archiveFieldInvalid || self == .entryUnsupported
    }
}
