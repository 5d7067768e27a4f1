/// The offsets of everything in a file system that this module writes.
///
/// Each group has, where it has a copy, superblock and descriptors, then the block bitmap, the inode bitmap, the inode
/// table, and data. Data blocks are numbered through all groups; this number is called the ordinal.
struct Ext2Layout: Sendable, Equatable {
    private static let blockSize = Ext2Format.blockSize
    private static let blocksPerGroup = Ext2Format.blocksPerGroup
    /// The smallest image, as Mystikos has it.
    static let minimumSize = 8 << 20
    /// What an image's size is rounded up to where nobody states it.
    private static let granularity = (1 << 20) / blockSize

    let blockCount: Int
    let groupCount: Int
    let inodesPerGroup: Int
    /// How many data blocks are used; they are the first.
    let usedDataBlocks: Int
    /// The number of data blocks in the groups before each group, and of all at the end.
    private let dataBefore: [Int]

    /// Finds the layout for a content.
    ///
    /// - Parameters:
    ///   - inodeCount: The number of the last inode that is used.
    ///   - dataBlocks: Blocks of content, index blocks and attribute blocks.
    ///   - size: The file system's size in bytes; nil takes what is needed.
    /// - Throws: `ext2.image-full` with the size that is needed.
    init(inodeCount: Int, dataBlocks: Int, size: Int?) throws(RootFileSystemError) {
        if let size {
            let blocks = size / Self.blockSize
            var groups = (blocks + Self.blocksPerGroup - 1) / Self.blocksPerGroup
            // A last group without room for its own tables stays unused.
            if groups > 1 {
                let last = Self.overhead(groups - 1, of: groups, inodes: inodeCount)
                if blocks - (groups - 1) * Self.blocksPerGroup <= last { groups -= 1 }
            }
            let used = min(blocks, groups * Self.blocksPerGroup)
            if let layout = Self(groups: groups, blocks: used, inodes: inodeCount, dataBlocks: dataBlocks) {
                self = layout
                return
            }
            let needed = try Self(inodeCount: inodeCount, dataBlocks: dataBlocks, size: nil)
            throw RootFileSystemError(
                .ext2ImageFull,
                subject: "the image's size",
                expected: "at least \(needed.blockCount * Self.blockSize) bytes",
                found: "\(size)"
            )
        }
        var groups = max(1, dataBlocks / Self.blocksPerGroup)
        while true {
            let overhead = (0..<groups).reduce(0) { $0 + Self.overhead($1, of: groups, inodes: inodeCount) }
            let last = Self.overhead(groups - 1, of: groups, inodes: inodeCount)
            // The last group has room for its tables and a block, or it would not be there.
            let least = max(dataBlocks + overhead, (groups - 1) * Self.blocksPerGroup + last + 1)
            let blocks = max(Self.minimumSize / Self.blockSize, least.roundedUp(to: Self.granularity))
            if let layout = Self(groups: groups, blocks: blocks, inodes: inodeCount, dataBlocks: dataBlocks) {
                self = layout
                return
            }
            groups += 1
            guard groups * Self.blocksPerGroup <= Int(UInt32.max) else {
                throw RootFileSystemError(
                    .ext2ImageFull,
                    subject: "the tree",
                    expected: "at most \(UInt32.max) blocks",
                    found: "\(dataBlocks)"
                )
            }
        }
    }

    /// Gives nil where the content does not fit.
    private init?(groups: Int, blocks: Int, inodes: Int, dataBlocks: Int) {
        let perGroup = Self.inodesPerGroup(groups, inodes: inodes)
        guard groups >= 1, perGroup <= 8 * Self.blockSize, blocks <= groups * Self.blocksPerGroup else { return nil }
        var before = [0]
        for group in 0..<groups {
            let size = min(Self.blocksPerGroup, blocks - group * Self.blocksPerGroup)
            let capacity = size - Self.overhead(group, of: groups, inodes: inodes)
            guard capacity >= 0 else { return nil }
            before.append((before.last ?? 0) + capacity)
        }
        guard (before.last ?? 0) >= dataBlocks else { return nil }
        blockCount = blocks
        groupCount = groups
        inodesPerGroup = perGroup
        usedDataBlocks = dataBlocks
        dataBefore = before
    }

    private static func inodesPerGroup(_ groups: Int, inodes: Int) -> Int {
        ((inodes + groups - 1) / groups).roundedUp(to: Ext2Format.inodesPerBlock)
    }

    private static func descriptorBlocks(_ groups: Int) -> Int {
        (groups * Ext2Format.groupDescriptorSize).roundedUp(to: blockSize) / blockSize
    }

    private static func overhead(_ group: Int, of groups: Int, inodes: Int) -> Int {
        (Ext2Format.hasSuperblock(group) ? 1 + descriptorBlocks(groups) : 0) + 2
            + inodesPerGroup(groups, inodes: inodes) / Ext2Format.inodesPerBlock
    }

    // MARK: places

    /// How many blocks the group descriptors fill.
    var descriptorBlockCount: Int { Self.descriptorBlocks(groupCount) }
    var inodeTableBlockCount: Int { inodesPerGroup / Ext2Format.inodesPerBlock }

    func firstBlock(_ group: Int) -> Int { group * Self.blocksPerGroup }

    /// The number of blocks of a group; the last may be smaller.
    func size(_ group: Int) -> Int { min(Self.blocksPerGroup, blockCount - firstBlock(group)) }

    func blockBitmap(_ group: Int) -> Int {
        firstBlock(group) + (Ext2Format.hasSuperblock(group) ? 1 + descriptorBlockCount : 0)
    }

    func inodeBitmap(_ group: Int) -> Int { blockBitmap(group) + 1 }
    func inodeTable(_ group: Int) -> Int { blockBitmap(group) + 2 }
    func firstDataBlock(_ group: Int) -> Int { inodeTable(group) + inodeTableBlockCount }

    /// How many data blocks of a group are used.
    func usedDataBlocks(_ group: Int) -> Int {
        max(0, min(usedDataBlocks, dataBefore[group + 1]) - dataBefore[group])
    }

    /// Hands out data blocks from an ordinal on.
    func cursor(at ordinal: Int) -> BlockCursor {
        // The last group that begins at or before the ordinal and is not empty.
        var (low, high) = (0, groupCount)
        while low + 1 < high {
            let middle = (low + high) / 2
            if dataBefore[middle] <= ordinal { low = middle } else { high = middle }
        }
        return BlockCursor(layout: self, group: low, next: firstDataBlock(low) + ordinal - dataBefore[low])
    }
}

/// A place in the row of data blocks.
struct BlockCursor {
    private let layout: Ext2Layout
    private var group: Int
    private var next: Int

    init(layout: Ext2Layout, group: Int, next: Int) {
        self.layout = layout
        self.group = group
        self.next = next
    }

    /// The next data block's number.
    mutating func take() -> UInt32 {
        while next >= layout.firstBlock(group) + layout.size(group) {
            group += 1
            next = layout.firstDataBlock(group)
        }
        defer { next += 1 }
        return UInt32(next)
    }
}
