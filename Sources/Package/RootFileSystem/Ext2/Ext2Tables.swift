import Files

/// Superblock, group descriptors and bitmaps of a file system that this module writes.
struct Ext2Tables {
    private static let blockSize = Ext2Format.blockSize

    let layout: Ext2Layout
    /// The number of the last inode in use; all before it are, too.
    let lastInode: Int
    /// How many folders each group's inodes are.
    let foldersInGroup: [Int]

    init(_ plan: Ext2Plan) {
        layout = plan.layout
        lastInode = plan.lastInode
        var folders = [Int](repeating: 0, count: layout.groupCount)
        for (index, entry) in plan.tree.entries.enumerated() where entry.metadata.kind == .directory {
            folders[(plan.inodes[index] - 1) / layout.inodesPerGroup] += 1
        }
        foldersInGroup = folders
    }

    /// Writes every copy of superblock and descriptors.
    ///
    /// - Parameters:
    ///   - file: The image.
    ///   - uuid: The file system's name.
    /// - Throws: `file.unwritable`, `file.disk-full`.
    func writeHeads(to file: Descriptor, uuid: [UInt8]) throws(RootFileSystemError) {
        let descriptors = descriptors
        for group in 0..<layout.groupCount where Ext2Format.hasSuperblock(group) {
            let block = superblock(in: group, uuid: uuid)
            let place = layout.firstBlock(group) * Self.blockSize
            try file.write(block[...], at: place + (group == 0 ? Ext2Format.superblockOffset : 0))
            try file.write(descriptors[...], at: place + Self.blockSize)
        }
    }

    /// Writes both bitmaps of every group.
    func writeBitmaps(to file: Descriptor) throws(RootFileSystemError) {
        for group in 0..<layout.groupCount {
            let usedBlocks = layout.firstDataBlock(group) - layout.firstBlock(group) + layout.usedDataBlocks(group)
            let blocks = Self.bitmap(used: usedBlocks, of: layout.size(group))
            try file.write(blocks[...], at: layout.blockBitmap(group) * Self.blockSize)
            let inodes = Self.bitmap(used: usedInodes(group), of: layout.inodesPerGroup)
            try file.write(inodes[...], at: layout.inodeBitmap(group) * Self.blockSize)
        }
    }

    private func usedInodes(_ group: Int) -> Int {
        max(0, min(layout.inodesPerGroup, lastInode - group * layout.inodesPerGroup))
    }

    private func freeBlocks(_ group: Int) -> Int {
        layout.size(group) - (layout.firstDataBlock(group) - layout.firstBlock(group)) - layout.usedDataBlocks(group)
    }

    /// A bitmap whose first bits are in use; bits after the last valid one are set, too.
    private static func bitmap(used: Int, of count: Int) -> [UInt8] {
        (0..<blockSize).map { byte in
            (0..<8).reduce(UInt8(0)) { bits, bit in
                let index = 8 * byte + bit
                return index < used || index >= count ? bits | 1 << UInt8(bit) : bits
            }
        }
    }

    /// `struct ext2_group_desc` of every group, rounded up to blocks.
    private var descriptors: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: layout.descriptorBlockCount * Self.blockSize)
        for group in 0..<layout.groupCount {
            let start = group * Ext2Format.groupDescriptorSize
            bytes.put(UInt32(layout.blockBitmap(group)), at: start)
            bytes.put(UInt32(layout.inodeBitmap(group)), at: start + 4)
            bytes.put(UInt32(layout.inodeTable(group)), at: start + 8)
            bytes.put(UInt16(freeBlocks(group)), at: start + 12)
            bytes.put(UInt16(layout.inodesPerGroup - usedInodes(group)), at: start + 14)
            bytes.put(UInt16(foldersInGroup[group]), at: start + 16)
        }
        return bytes
    }

    /// `struct ext2_super_block`, revision 1; the times stay zero, for they would differ from build to build.
    private func superblock(in group: Int, uuid: [UInt8]) -> [UInt8] {
        let groups = 0..<layout.groupCount
        var bytes = [UInt8](repeating: 0, count: Ext2Format.superblockSize)
        bytes.put(UInt32(layout.inodesPerGroup * layout.groupCount), at: 0)
        bytes.put(UInt32(layout.blockCount), at: 4)
        bytes.put(UInt32(groups.reduce(0) { $0 + freeBlocks($1) }), at: 12)
        bytes.put(UInt32(layout.inodesPerGroup * layout.groupCount - lastInode), at: 16)
        bytes.put(UInt32(2), at: 24)  // blocks of 1024 << 2 bytes
        bytes.put(UInt32(2), at: 28)  // fragments of the same
        bytes.put(UInt32(Ext2Format.blocksPerGroup), at: 32)
        bytes.put(UInt32(Ext2Format.blocksPerGroup), at: 36)
        bytes.put(UInt32(layout.inodesPerGroup), at: 40)
        bytes.put(UInt16(0xffff), at: 54)  // never check because of the number of mounts
        bytes.put(Ext2Format.magic, at: 56)
        bytes.put(UInt16(1), at: 58)  // cleanly unmounted
        bytes.put(UInt16(1), at: 60)  // on errors: go on, for nothing can be written
        bytes.put(UInt32(1), at: 76)  // revision 1
        bytes.put(UInt32(Ext2Format.firstInode), at: 84)
        bytes.put(UInt16(Ext2Format.inodeSize), at: 88)
        bytes.put(UInt16(group), at: 90)
        bytes.put(Ext2Format.Feature.extendedAttributes, at: 92)
        bytes.put(Ext2Format.Feature.fileType, at: 96)
        bytes.put(Ext2Format.Feature.sparseSuperblocks | Ext2Format.Feature.largeFile, at: 100)
        bytes.put(uuid, at: 104)
        return bytes
    }
}
