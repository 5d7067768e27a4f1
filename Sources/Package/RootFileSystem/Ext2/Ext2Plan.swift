/// What goes where: every entry's inode, its blocks that hold something, and its place among the data blocks.
struct Ext2Plan: Sendable {
    let tree: FileTree
    let layout: Ext2Layout
    /// The inode of each entry; names of one file share it.
    let inodes: [Int]
    /// The entry that brings each inode from 11 on.
    let entryOfInode: [Int]
    /// What each folder holds.
    let children: [[Int]]
    /// The blocks of each entry's content that are written.
    let runs: [[BlockRun]]
    let attributes: [Int: [ExtendedAttribute]]
    /// The ordinal of each entry's first data block.
    let ordinals: [Int]

    /// The number of the last inode in use.
    var lastInode: Int { Ext2Format.firstInode - 1 + entryOfInode.count }

    /// Reads all files once, on every core, to find their holes.
    ///
    /// - Parameters:
    ///   - tree: What becomes the file system.
    ///   - size: The file system's size in bytes; nil takes what is needed.
    ///   - progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Throws: `ext2.*`, `tree.changed`, `file.unreadable`.
    init(of tree: FileTree, size: Int?, progress: ByteProgress.Report?) throws(RootFileSystemError) {
        self.tree = tree
        var inodes = [Int](repeating: 0, count: tree.entries.count)
        var entryOfInode: [Int] = []
        var children = [[Int]](repeating: [], count: tree.entries.count)
        for (index, entry) in tree.entries.enumerated() {
            try Self.check(entry, path: tree.path(of: index))
            if index == 0 {
                inodes[0] = Ext2Format.rootInode
                continue
            }
            children[entry.parent].append(index)
            if entry.firstLink == index {
                inodes[index] = Ext2Format.firstInode + entryOfInode.count
                entryOfInode.append(index)
            } else {
                inodes[index] = inodes[entry.firstLink]
            }
        }
        self.inodes = inodes
        self.entryOfInode = entryOfInode
        self.children = children
        (runs, attributes) = try Self.survey(tree, children: children, progress: progress)
        var ordinals: [Int] = []
        var next = 0
        for (index, entry) in tree.entries.enumerated() {
            ordinals.append(next)
            guard entry.firstLink == index else { continue }
            next += runs[index].reduce(0) { $0 + $1.count } + BlockMap.indexBlockCount(runs[index])
            next += attributes[index] == nil ? 0 : 1
        }
        self.ordinals = ordinals
        layout = try Ext2Layout(
            inodeCount: Ext2Format.firstInode - 1 + entryOfInode.count,
            dataBlocks: next,
            size: size
        )
    }

    private static func check(_ entry: TreeEntry, path: @autoclosure () -> EntryPath) throws(RootFileSystemError) {
        guard entry.metadata.size <= Ext2Format.maximumFileSize else {
            throw RootFileSystemError(
                .ext2FileTooLarge,
                subject: "\(path())",
                expected: "at most \(Ext2Format.maximumFileSize) bytes",
                found: "\(entry.metadata.size)"
            )
        }
        guard entry.linkCount <= Ext2Format.maximumLinkCount else {
            throw RootFileSystemError(
                .ext2TooManyLinks,
                subject: "\(path())",
                expected: "at most \(Ext2Format.maximumLinkCount) names or sub-folders",
                found: "\(entry.linkCount)"
            )
        }
        let device = entry.metadata.device
        guard device.major < 1 << 12, device.minor < 1 << 20 else {
            throw RootFileSystemError(
                .ext2DeviceUnsupported,
                subject: "\(path())",
                expected: "a device number of 12 and 20 bits",
                found: "\(device.major):\(device.minor)"
            )
        }
    }

    private static func survey(
        _ tree: FileTree,
        children: [[Int]],
        progress: ByteProgress.Report?
    ) throws(RootFileSystemError) -> (runs: [[BlockRun]], attributes: [Int: [ExtendedAttribute]]) {
        let count = tree.entries.count
        let total = tree.entries.reduce(0) { $0 + ($1.metadata.kind == .file ? $1.metadata.size : 0) }
        let counter = ByteProgress(total: total, report: progress)
        let piece = 32
        let found = Results<(index: Int, runs: [BlockRun], attributes: [ExtendedAttribute])>()
        let buffers = BufferPool(size: BufferPool.copyingSize)
        try ParallelWork.perform((count + piece - 1) / piece) { work throws(RootFileSystemError) in
            for index in work * piece..<min((work + 1) * piece, count) {
                let entry = tree.entries[index]
                guard entry.firstLink == index else { continue }
                let runs: [BlockRun] =
                    switch entry.metadata.kind {
                    case .file where entry.metadata.size > 0:
                        try buffers.withBuffer { buffer throws(RootFileSystemError) in
                            try [BlockRun](
                                surveying: tree.openFile(index),
                                size: entry.metadata.size,
                                buffer: &buffer,
                                progress: counter
                            )
                        }
                    case .symbolicLink:
                        [BlockRun](dense: entry.target.count > Ext2Format.maximumFastTarget ? 1 : 0)
                    case .directory:
                        [BlockRun](
                            dense: Ext2Folder.blockCount(
                                nameLengths: children[index].map { tree.entries[$0].name.count }
                            )
                        )
                    default: []
                    }
                let attributes = try ExtendedAttribute.read(tree.path(of: index), in: tree.root)
                if !runs.isEmpty || !attributes.isEmpty { found.append((index, runs, attributes)) }
            }
        }
        var runs = [[BlockRun]](repeating: [], count: count)
        var attributes: [Int: [ExtendedAttribute]] = [:]
        for result in found.all {
            runs[result.index] = result.runs
            if !result.attributes.isEmpty { attributes[result.index] = result.attributes }
        }
        return (runs, attributes)
    }
}
