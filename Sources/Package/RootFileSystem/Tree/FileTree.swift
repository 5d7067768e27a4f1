import CLinux
import Files
import Glibc

/// A directory tree as it was found: every entry, in an order that depends on names alone.
struct FileTree: PackableTree {
    /// The tree's root folder.
    let root: Descriptor
    /// Every entry: a folder precedes its content, which is sorted by the bytes of the names.
    private(set) var entries: [TreeEntry] = []

    private let options: TreeOptions
    private var firstOfInode: [TreeEntry.Identity: Int] = [:]

    /// Looks at every entry; reads no content but symbolic links' targets.
    ///
    /// - Throws: `file.missing`, `file.unreadable`, `tree.path-too-long`, `tree.changed`.
    init(scanning path: String, options: TreeOptions) throws(RootFileSystemError) {
        root = try Descriptor(opening: path, flags: O_RDONLY | O_DIRECTORY)
        self.options = options
        try append(name: [], parent: 0, path: .root, status: root.status())
        try scan(.root, index: 0)
        firstOfInode = [:]
    }

    /// Opens a regular file and checks that it still is the one that was scanned.
    ///
    /// - Throws: `tree.changed` where it is another, or another size.
    func openFile(_ index: Int) throws(RootFileSystemError) -> Descriptor {
        let path = path(of: index)
        let file = try root.open(path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        let status = try file.status()
        let entry = entries[index]
        guard Self.identity(status) == entry.identity, Int(status.st_size) == entry.metadata.size else {
            throw RootFileSystemError(
                .treeChanged,
                subject: "\(path)",
                expected: "the file of \(entry.metadata.size) bytes that was there a moment ago",
                found: "\(status.st_size) bytes"
            )
        }
        return file
    }

    /// Refuses to write a file into the very tree that it is made from.
    ///
    /// - Throws: `tree.output-inside`.
    func checkIsOutside(_ output: AtomicFile<RootFileSystemError>) throws(RootFileSystemError) {
        let folder = Self.identity(try output.folder.status())
        guard !entries.contains(where: { $0.metadata.kind == .directory && $0.identity == folder }) else {
            throw RootFileSystemError(
                .treeOutputInside,
                subject: output.file.name,
                expected: "a place outside of the tree"
            )
        }
    }

    func content(of index: Int) throws(RootFileSystemError) -> (file: Descriptor, offset: Int) {
        (try openFile(index), 0)
    }

    // MARK: scanning

    private mutating func scan(_ path: EntryPath, index: Int) throws(RootFileSystemError) {
        let folder = try root.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        var found: [(name: [UInt8], status: stat)] = []
        for name in try folder.entryNames() {
            var status = stat()
            // Safe: name and structure are ours and outlive the call.
            guard unsafe fstatat(folder.number, EntryPath(unchecked: name).cString, &status, AT_SYMLINK_NOFOLLOW) == 0
            else { throw Descriptor.failure(.treeChanged, "\(path.appending(name))") }
            found.append((name, status))
        }
        found.sort { $0.name.lexicographicallyPrecedes($1.name) }
        for (name, status) in found {
            let path = path.appending(name)
            guard path.bytes.count <= EntryPath.maximumByteCount else {
                throw RootFileSystemError(
                    .treePathTooLong,
                    subject: "\(path)",
                    expected: "at most \(EntryPath.maximumByteCount) bytes",
                    found: "\(path.bytes.count)"
                )
            }
            let child = entries.count
            try append(name: name, parent: index, path: path, status: status)
            if entries[child].metadata.kind == .directory {
                entries[index].linkCount += 1
                try scan(path, index: child)
            }
        }
    }

    private mutating func append(
        name: [UInt8],
        parent: Int,
        path: EntryPath,
        status: stat
    ) throws(RootFileSystemError) {
        guard let kind = EntryKind(mode: status.st_mode) else {
            throw RootFileSystemError(.fileUnreadable, subject: "\(path)", found: "mode \(status.st_mode)")
        }
        let target = kind == .symbolicLink ? try readTarget(path) : []
        let device = kind.isDevice ? UInt64(status.st_rdev) : 0
        let metadata = EntryMetadata(
            kind: kind,
            permissions: UInt16(truncatingIfNeeded: status.st_mode & 0o7777),
            owner: options.owner?.user ?? status.st_uid,
            group: options.owner?.group ?? status.st_gid,
            modified: max(0, min(Int64(status.st_mtim.tv_sec), options.latestTime)),
            size: kind == .file ? Int(status.st_size) : target.count,
            device: DeviceNumber(major: linux_device_major(device), minor: linux_device_minor(device))
        )
        let identity = Self.identity(status)
        let index = entries.count
        var first = index
        if kind != .directory && status.st_nlink > 1 {
            first = firstOfInode[identity] ?? index
            firstOfInode[identity] = first
        }
        entries.append(
            TreeEntry(
                name: name,
                parent: parent,
                metadata: metadata,
                identity: identity,
                target: target,
                firstLink: first,
                linkCount: kind == .directory ? 2 : 1
            )
        )
        if first != index { entries[first].linkCount += 1 }
    }

    private func readTarget(_ path: EntryPath) throws(RootFileSystemError) -> [UInt8] {
        let link = try root.open(path, flags: linux_path_only | O_NOFOLLOW)
        var buffer = [CChar](repeating: 0, count: EntryPath.maximumByteCount + 1)
        // Safe: the buffer is ours, and its size is passed.
        let count = unsafe readlinkat(link.number, "", &buffer, buffer.count)
        guard count >= 0 else { throw Descriptor.failure(.fileUnreadable, "\(path)") }
        return buffer[..<count].map { UInt8(bitPattern: $0) }
    }

    static func identity(_ status: stat) -> TreeEntry.Identity {
        TreeEntry.Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }
}
