import Crypto
import Files

/// Writes a directory tree as an ext2 file system under a dm-verity tree and a signature block.
///
/// The same tree gives the same bytes everywhere: inodes and blocks follow the order of names, blocks of zeros become
/// holes, times are at most `TreeOptions.latestTime`, and UUID and salt derive from the content. Files are read twice,
/// once for their holes; of no file is more than a quarter of a megabyte held for each core.
package struct Ext2Writer: Sendable {
    /// How an image is made.
    package struct Options: Sendable {
        /// What is made the same for everybody.
        package var tree = TreeOptions()
        /// The size of the file system in bytes; nil takes what is needed, at least 8 MiB.
        package var size: Int?
        /// Precedes each block in the hash; nil derives it from the content.
        package var salt: [UInt8]?
        /// Sign the image; nil leaves it unsigned.
        package var keys: SigningKeys?
        /// Whether a file of the image's name is replaced.
        package var isReplacing = false

        package init() {}
    }

    private static let blockSize = Ext2Format.blockSize
    /// After how much content the disk is told to begin with it.
    private static let diskShare = 64 << 20

    private let plan: Ext2Plan
    private let file: Descriptor
    private let progress: ByteProgress
    private let buffers = BufferPool(size: BufferPool.copyingSize)

    /// Writes an image.
    ///
    /// - Parameters:
    ///   - folder: The tree's root.
    ///   - path: The image.
    ///   - options: How it is made.
    ///   - progress: Reports bytes, first for reading, then for writing; see ``ByteProgress/Report``.
    /// - Returns: The signature block.
    /// - Throws: `file.*`, `tree.*`, `ext2.*`, `signature.key-invalid`; nothing is left behind then.
    package static func write(
        _ folder: String,
        to path: String,
        options: Options = Options(),
        progress: ByteProgress.Report? = nil
    ) throws(RootFileSystemError) -> SignatureBlock {
        let output = try AtomicFile<RootFileSystemError>(path, replacing: options.isReplacing)
        let tree = try FileTree(scanning: folder, options: options.tree)
        try tree.checkIsOutside(output)
        let plan = try Ext2Plan(of: tree, size: options.size, progress: progress)
        // What was asked for in excess of the last group's bounds is covered by the hash tree, too.
        let dataBlockCount = max(plan.layout.blockCount, (options.size ?? 0) / blockSize)
        let sealSize =
            (1 + VerityGeometry(dataBlockCount: dataBlockCount).blockCount) * blockSize + SignatureBlock.blockSize
        try output.file.setSize(dataBlockCount * blockSize + sealSize)
        let total = plan.layout.usedDataBlocks * blockSize + 2 * dataBlockCount * blockSize
        let writer = Ext2Writer(plan: plan, file: output.file, progress: ByteProgress(total: total, report: progress))
        let block = try writer.write(dataBlockCount: dataBlockCount, salt: options.salt, keys: options.keys)
        try output.commit()
        return block
    }

    private func write(
        dataBlockCount: Int,
        salt: [UInt8]?,
        keys: SigningKeys?
    ) throws(RootFileSystemError) -> SignatureBlock {
        let tables = Ext2Tables(plan)
        try writeInodes()
        try tables.writeBitmaps(to: file)
        try tables.writeHeads(to: file, uuid: [UInt8](repeating: 0, count: 16))
        // The root hash without salt, under a UUID of zeros, identifies the content.
        let treeOffset = (dataBlockCount + 1) * Self.blockSize
        let unsalted = VerityTree(in: file, dataBlockCount: dataBlockCount, at: treeOffset, salt: [])
        let content = Array(try unsalted.build(progress: progress))
        let uuid = Self.uuid(of: content)
        try tables.writeHeads(to: file, uuid: uuid)
        return try SealedImage.seal(
            file,
            dataBlockCount: dataBlockCount,
            uuid: uuid,
            salt: salt ?? Self.derive("adyton.verity-salt/1", from: content),
            keys: keys,
            progress: progress
        )
    }

    /// A version 8 UUID (RFC 9562): bits of one's own, here of a digest of the content.
    private static func uuid(of content: [UInt8]) -> [UInt8] {
        var uuid = Array(derive("adyton.ext2-uuid/1", from: content).prefix(16))
        uuid[6] = uuid[6] & 0x0f | 0x80
        uuid[8] = uuid[8] & 0x3f | 0x80
        return uuid
    }

    private static func derive(_ label: String, from content: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: Array(label.utf8) + [0] + content))
    }

    // MARK: inodes and their content

    /// Writes every inode with all that hangs on it; a block of the inode table is a piece of the work.
    private func writeInodes() throws(RootFileSystemError) {
        let layout = plan.layout
        let perBlock = Ext2Format.inodesPerBlock
        let pieces = plan.lastInode.roundedUp(to: perBlock) / perBlock
        let disk = WritebackTrigger(file, share: Self.diskShare)
        defer { disk.start() }
        try ParallelWork.perform(pieces) { piece throws(RootFileSystemError) in
            var block = [UInt8](repeating: 0, count: Self.blockSize)
            let first = piece * perBlock + 1
            for inode in first..<first + perBlock {
                guard let entry = entry(of: inode) else { continue }
                block.put(try write(entry).bytes, at: (inode - first) * Ext2Format.inodeSize)
            }
            let group = (first - 1) / layout.inodesPerGroup
            let place = layout.inodeTable(group) + (first - 1) % layout.inodesPerGroup / perBlock
            try file.write(block[...], at: place * Self.blockSize)
            disk.add(contentSize(of: first..<first + perBlock))
        }
    }

    private func contentSize(of inodes: Range<Int>) -> Int {
        inodes.reduce(0) { $0 + (entry(of: $1).map { plan.tree.entries[$0].metadata.size } ?? 0) }
    }

    private func entry(of inode: Int) -> Int? {
        if inode == Ext2Format.rootInode { return 0 }
        let index = inode - Ext2Format.firstInode
        return plan.entryOfInode.indices.contains(index) ? plan.entryOfInode[index] : nil
    }

    /// Writes an entry's content and attributes.
    private func write(_ index: Int) throws(RootFileSystemError) -> Ext2Inode {
        let entry = plan.tree.entries[index]
        var cursor = plan.layout.cursor(at: plan.ordinals[index])
        var inode = Ext2Inode(
            metadata: entry.metadata,
            linkCount: entry.linkCount,
            size: entry.metadata.size,
            blockCount: 0,
            content: [],
            attributeBlock: 0
        )
        if let attributes = plan.attributes[index] {
            inode.attributeBlock = cursor.take()
            inode.blockCount += 1
            let block = try AttributeBlock.bytes(attributes, of: plan.tree.path(of: index))
            try file.write(block[...], at: Int(inode.attributeBlock) * Self.blockSize)
        }
        switch entry.metadata.kind {
        case .file where entry.metadata.size > 0:
            try place(copying(index), runs: plan.runs[index], at: &cursor, in: &inode)
        case .directory:
            let content = folder(index)
            inode.size = content.count
            try place(writing(content), runs: plan.runs[index], at: &cursor, in: &inode)
        case .symbolicLink where entry.target.count > Ext2Format.maximumFastTarget:
            try place(writing(entry.target), runs: plan.runs[index], at: &cursor, in: &inode)
        case .symbolicLink: inode.content = entry.target
        case .characterDevice, .blockDevice: inode.content = Ext2Inode.content(entry.metadata.device)
        case .file, .fifo, .socket: break
        }
        return inode
    }

    /// Takes the first block in the content, its place, and how many lie there in a row.
    private typealias BlockWriter = (Int, UInt32, Int) throws(RootFileSystemError) -> Void

    private func place(
        _ write: BlockWriter,
        runs: [BlockRun],
        at cursor: inout BlockCursor,
        in inode: inout Ext2Inode
    ) throws(RootFileSystemError) {
        let map = try BlockMap(
            placing: runs,
            at: &cursor,
            writeIndex: { place, bytes throws(RootFileSystemError) in
                try file.write(bytes[...], at: Int(place) * Self.blockSize)
                progress.add(Self.blockSize)
            },
            writeData: write
        )
        inode.content = Ext2Inode.content(map.pointers)
        inode.blockCount += runs.reduce(0) { $0 + $1.count } + BlockMap.indexBlockCount(runs)
    }

    private func writing(_ content: [UInt8]) -> BlockWriter {
        { first, place, count throws(RootFileSystemError) in
            let end = min(content.count, (first + count) * Self.blockSize)
            try file.write(content[first * Self.blockSize..<end], at: Int(place) * Self.blockSize)
            progress.add(count * Self.blockSize)
        }
    }

    private func copying(_ index: Int) throws(RootFileSystemError) -> BlockWriter {
        let source = try plan.tree.openFile(index)
        let size = plan.tree.entries[index].metadata.size
        return { first, place, count throws(RootFileSystemError) in
            try buffers.withBuffer { buffer throws(RootFileSystemError) in
                var offset = first * Self.blockSize
                let end = min(size, offset + count * Self.blockSize)
                var target = Int(place) * Self.blockSize
                while offset < end {
                    let wanted = min(buffer.count, end - offset)
                    let got = try source.read(into: &buffer, count: wanted, at: offset)
                    guard got == wanted else {
                        throw RootFileSystemError(
                            .treeChanged,
                            subject: source.name,
                            expected: "\(size) bytes",
                            found: "\(offset + got)"
                        )
                    }
                    try file.write(buffer[..<got], at: target)
                    offset += got
                    target += got
                    progress.add(got)
                }
            }
        }
    }

    private func folder(_ index: Int) -> [UInt8] {
        let entries = plan.tree.entries
        var folder = Ext2Folder(inode: plan.inodes[index], parent: plan.inodes[entries[index].parent])
        for child in plan.children[index] {
            let entry = entries[child]
            folder.append(name: entry.name, inode: plan.inodes[child], kind: entry.metadata.kind)
        }
        return folder.bytes
    }
}
