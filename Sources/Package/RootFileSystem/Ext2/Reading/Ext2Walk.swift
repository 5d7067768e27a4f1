/// One entry of an image, as a reader finds it.
package struct ImageEntry: Sendable {
    package let path: EntryPath
    package let metadata: EntryMetadata
    package let linkCount: Int
    /// A symbolic link's target.
    package let target: [UInt8]
    /// The first path of the same file, where this is another name of it.
    package let original: EntryPath?
    /// Extended attributes' names and values.
    let attributes: [ExtendedAttribute]
}

/// Goes through the files of an image, folders before what they hold.
struct Ext2Walk {
    /// An entry with its inode; of a file's content nothing was read yet.
    typealias Element = (entry: ImageEntry, inode: StoredInode)

    /// A folder whose entries are being visited.
    private struct Visit {
        let path: EntryPath
        let inode: Int
        let children: [FolderEntry]
        var next = 0
    }

    let image: Ext2Image
    /// A bit for each inode that was met.
    private var met: [UInt64]
    /// The first path of each folder, and of each file that says it has several names.
    private var firstPaths: [Int: EntryPath] = [:]
    private var folders: [(inode: StoredInode, parent: Int, path: EntryPath)] = []
    private var visit: Visit?
    private var hasBegun = false

    init(_ image: Ext2Image) {
        self.image = image
        met = [UInt64](repeating: 0, count: image.superblock.inodeCount / 64 + 1)
    }

    /// Goes on to the next entry; each is visited once.
    ///
    /// - Returns: nil behind the last.
    /// - Throws: `ext2.*`.
    mutating func next() throws(RootFileSystemError) -> Element? {
        guard hasBegun else {
            hasBegun = true
            let root = try image.inode(Ext2Format.rootInode)
            guard root.metadata.kind == .directory else {
                throw image.invalid("i_mode", root, "a folder", "\(root.metadata.kind)")
            }
            return try look(root, .root, parent: Ext2Format.rootInode)
        }
        while true {
            if let folder = visit, folder.next < folder.children.count {
                visit?.next += 1
                return try look(folder.children[folder.next], in: folder)
            }
            visit = nil
            guard let folder = folders.popLast() else { return nil }
            let children = try image.entries(of: folder.inode, parent: folder.parent)
            visit = Visit(path: folder.path, inode: folder.inode.number, children: children)
        }
    }

    private mutating func look(_ child: FolderEntry, in folder: Visit) throws(RootFileSystemError) -> Element {
        let path = folder.path.appending(child.name)
        guard path.bytes.count <= EntryPath.maximumByteCount else {
            throw RootFileSystemError(.treePathTooLong, subject: "\(folder.path)", found: "\(path.bytes.count)")
        }
        let inode = try image.inode(child.inode)
        let type = Ext2Format.fileType(inode.metadata.kind)
        guard !image.superblock.hasFileTypes || child.type == type else {
            throw RootFileSystemError(
                .ext2FolderInvalid,
                subject: "\(path)",
                expected: "file type \(type)",
                found: "\(child.type)"
            )
        }
        return try look(inode, path, parent: folder.inode)
    }

    private mutating func look(
        _ inode: StoredInode,
        _ path: EntryPath,
        parent: Int
    ) throws(RootFileSystemError) -> Element {
        let isFolder = inode.metadata.kind == .directory
        let bit = UInt64(1) << UInt64(inode.number % 64)
        let isKnown = met[inode.number / 64] & bit != 0
        met[inode.number / 64] |= bit
        let known = isKnown ? firstPaths[inode.number] : nil
        guard !isKnown || !isFolder else {
            throw RootFileSystemError(
                .ext2FolderTwice,
                subject: "\(path)",
                expected: "a folder with one place",
                found: "inode \(inode.number), which is \(known ?? .root), too"
            )
        }
        guard !isKnown || known != nil else {
            throw image.invalid("i_links_count", inode, "a count of all names, for \(path) is another", "1")
        }
        if !isKnown, isFolder || inode.linkCount > 1 { firstPaths[inode.number] = path }
        if isFolder { folders.append((inode, parent, path)) }
        return (try entry(inode, path, original: known), inode)
    }

    private func entry(
        _ inode: StoredInode,
        _ path: EntryPath,
        original: EntryPath?
    ) throws(RootFileSystemError) -> ImageEntry {
        let isFirst = original == nil
        let kind = inode.metadata.kind
        if isFirst, kind != .file, kind != .directory, kind != .symbolicLink { try image.checkHasNoBlocks(inode) }
        return ImageEntry(
            path: path,
            metadata: inode.metadata,
            linkCount: inode.linkCount,
            target: isFirst && kind == .symbolicLink ? try image.target(of: inode) : [],
            original: original,
            attributes: isFirst ? try image.attributes(of: inode) : []
        )
    }
}
