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
    private let image: Ext2Image
    /// The first path of each inode; a folder has only one.
    private var firstPaths: [Int: EntryPath] = [:]

    init(_ image: Ext2Image) {
        self.image = image
    }

    /// Visits every entry once.
    ///
    /// - Parameter visit: Takes an entry and its inode; of a file's content nothing was read yet.
    /// - Throws: `ext2.*`, and what the visitor throws.
    mutating func run(
        _ visit: (ImageEntry, StoredInode) throws(RootFileSystemError) -> Void
    ) throws(RootFileSystemError) {
        let root = try image.inode(Ext2Format.rootInode)
        guard root.metadata.kind == .directory else {
            throw image.invalid("i_mode", root, "a folder", "\(root.metadata.kind)")
        }
        var folders: [(inode: StoredInode, parent: Int, path: EntryPath)] = []
        func look(_ inode: StoredInode, _ path: EntryPath, parent: Int) throws(RootFileSystemError) {
            let known = firstPaths[inode.number]
            if inode.metadata.kind == .directory {
                guard known == nil else {
                    throw RootFileSystemError(
                        .ext2FolderTwice,
                        subject: "\(path)",
                        expected: "a folder with one place",
                        found: "inode \(inode.number), which is \(known ?? .root), too"
                    )
                }
                folders.append((inode, parent, path))
            }
            if known == nil { firstPaths[inode.number] = path }
            try visit(entry(inode, path, original: known), inode)
        }
        try look(root, .root, parent: Ext2Format.rootInode)
        while let folder = folders.popLast() {
            for child in try image.entries(of: folder.inode, parent: folder.parent) {
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
                try look(inode, path, parent: folder.inode.number)
            }
        }
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
