import Files

/// An ext2 file system in a file, read block by block and believed in nothing.
///
/// Every block is used for one purpose only: a block that is claimed twice, or is out of range, is an error. So the
/// work is bounded by the image's size, whatever it says of itself.
final class Ext2Image {
    let superblock: Ext2Superblock
    let name: String
    let file: Descriptor
    /// Where the file system begins in the file.
    let start: Int
    private var inodeTables: [Int] = []
    /// A bit for each block that something claimed.
    private var claims: [UInt64]
    /// How many more inodes may share each block of attributes.
    private var attributeShares: [UInt32: UInt32] = [:]
    /// The block of an inode table that was read last; inodes in a row are mostly asked for in a row.
    private var lastTable: (block: Int, bytes: [UInt8]) = (-1, [])

    /// - Throws: `file.*`, `ext2.truncated`, `ext2.superblock-invalid`, `ext2.block-*`.
    convenience init(opening path: String) throws(RootFileSystemError) {
        let file = try Descriptor(opening: path)
        try self.init(file, at: 0, size: file.size())
    }

    /// Opens a file system that is a piece of a file.
    ///
    /// - Parameters:
    ///   - file: Is read by offset.
    ///   - start: Where the piece begins.
    ///   - size: How many bytes it has.
    /// - Throws: `file.*`, `ext2.truncated`, `ext2.superblock-invalid`, `ext2.block-*`.
    init(_ file: Descriptor, at start: Int, size: Int) throws(RootFileSystemError) {
        self.file = file
        self.start = start
        name = file.name
        var bytes = [UInt8](repeating: 0, count: Ext2Format.superblockSize)
        let got = try file.read(into: &bytes, count: bytes.count, at: start + Ext2Format.superblockOffset)
        guard got == bytes.count else {
            throw RootFileSystemError(
                .ext2Truncated,
                subject: file.name,
                expected: "a superblock at byte \(Ext2Format.superblockOffset)",
                found: "the end"
            )
        }
        superblock = try Ext2Superblock(bytes, available: size)
        claims = [UInt64](repeating: 0, count: superblock.blockCount / 64 + 1)
        try claimTables()
    }

    private func claimTables() throws(RootFileSystemError) {
        let size = superblock.blockSize
        let groups = superblock.groupCount
        let descriptorBlocks = (groups * Ext2Format.groupDescriptorSize + size - 1) / size
        for group in 0..<groups where !superblock.hasSparseSuperblocks || Ext2Format.hasSuperblock(group) {
            let first = superblock.firstDataBlock + group * superblock.blocksPerGroup
            for block in first..<first + 1 + descriptorBlocks { try claim(block, for: "the head of group \(group)") }
        }
        var descriptors: [UInt8] = []
        for block in 0..<descriptorBlocks { descriptors += try read(superblock.firstDataBlock + 1 + block) }
        let tableBlocks = (superblock.inodesPerGroup * superblock.inodeSize + size - 1) / size
        for group in 0..<groups {
            let place = group * Ext2Format.groupDescriptorSize
            try claim(Int(descriptors.number(at: place, as: UInt32.self)), for: "the block bitmap of group \(group)")
            try claim(
                Int(descriptors.number(at: place + 4, as: UInt32.self)),
                for: "the inode bitmap of group \(group)"
            )
            let table = Int(descriptors.number(at: place + 8, as: UInt32.self))
            for block in table..<table + tableBlocks { try claim(block, for: "the inode table of group \(group)") }
            inodeTables.append(table)
        }
    }

    /// Takes a block for a purpose.
    ///
    /// - Throws: `ext2.block-out-of-range`, `ext2.block-twice`.
    func claim(_ block: Int, for purpose: @autoclosure () -> String) throws(RootFileSystemError) {
        guard block >= superblock.firstDataBlock, block < superblock.blockCount,
            block > 0 || superblock.blockSize > 1024
        else {
            throw RootFileSystemError(
                .ext2BlockOutOfRange,
                subject: purpose(),
                expected: "a block from \(superblock.firstDataBlock) to \(superblock.blockCount - 1)",
                found: "\(block)"
            )
        }
        let bit = UInt64(1) << UInt64(block % 64)
        guard claims[block / 64] & bit == 0 else {
            throw RootFileSystemError(
                .ext2BlockTwice,
                subject: purpose(),
                expected: "a block of its own",
                found: "block \(block), which something else has"
            )
        }
        claims[block / 64] |= bit
    }

    /// Takes a block of attributes, which several inodes may share.
    func claimAttributes(_ block: UInt32, shares: UInt32, inode: Int) throws(RootFileSystemError) {
        if let left = attributeShares[block], left > 0 {
            attributeShares[block] = left - 1
        } else {
            try claim(Int(block), for: "the attributes of inode \(inode)")
            attributeShares[block] = shares - 1
        }
    }

    /// A whole block that was claimed.
    func read(_ block: Int) throws(RootFileSystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: superblock.blockSize)
        try read(into: &bytes, count: bytes.count, block: block)
        return bytes
    }

    /// Blocks in a row, or a part of them.
    func read(into buffer: inout [UInt8], count: Int, block: Int) throws(RootFileSystemError) {
        let got = try file.read(into: &buffer, count: count, at: start + block * superblock.blockSize)
        guard got == count else {
            throw RootFileSystemError(
                .ext2Truncated,
                subject: "block \(block)",
                expected: "\(count) bytes",
                found: "\(got)"
            )
        }
    }

    /// An inode by its number.
    ///
    /// - Throws: `ext2.inode-invalid` for a number or a content that cannot be.
    func inode(_ number: Int) throws(RootFileSystemError) -> StoredInode {
        guard
            number == Ext2Format.rootInode || (Ext2Format.firstInode...max(11, superblock.inodeCount)).contains(number)
        else {
            throw RootFileSystemError(
                .ext2InodeInvalid,
                subject: "an inode's number",
                expected: "2, or 11 to \(superblock.inodeCount)",
                found: "\(number)"
            )
        }
        let (group, index) = (number - 1).quotientAndRemainder(dividingBy: superblock.inodesPerGroup)
        guard group < inodeTables.count else {
            throw RootFileSystemError(.ext2InodeInvalid, subject: "an inode's number", found: "\(number)")
        }
        // Blocks are multiples of inodes, so that no inode spans two.
        let (block, offset) = (index * superblock.inodeSize).quotientAndRemainder(dividingBy: superblock.blockSize)
        if lastTable.block != inodeTables[group] + block {
            lastTable = (inodeTables[group] + block, try read(inodeTables[group] + block))
        }
        return try StoredInode(Array(lastTable.bytes[offset..<offset + superblock.inodeSize]), number: number)
    }
}
