/// Numbers of the ext2 format (kernel documentation, "The Second Extended Filesystem"; `fs/ext2/ext2.h`).
enum Ext2Format {
    static let superblockOffset = 1024
    static let superblockSize = 1024
    static let magic: UInt16 = 0xef53
    static let rootInode = 2
    /// The first inode that is not reserved.
    static let firstInode = 11
    static let groupDescriptorSize = 32
    static let pointerCount = 15
    static let directPointerCount = 12
    /// The longest target of a symbolic link that is stored in the inode.
    static let maximumFastTarget = 59
    /// The most names that a file, and the most sub-folders that a folder may have.
    static let maximumLinkCount = 65_000

    /// Features that a reader has to know (`s_feature_*`).
    enum Feature {
        static let extendedAttributes: UInt32 = 0x8  // compatible
        static let fileType: UInt32 = 0x2  // incompatible
        static let sparseSuperblocks: UInt32 = 0x1  // read-only compatible
        static let largeFile: UInt32 = 0x2  // read-only compatible
    }

    /// What this module writes: blocks of 4096 bytes, 32768 of them in a group, inodes of 128 bytes.
    static let blockSize = 4096
    static let blocksPerGroup = 8 * blockSize
    static let inodeSize = 128
    static let inodesPerBlock = blockSize / inodeSize
    /// Sectors of 512 bytes in a block; `i_blocks` counts those.
    static let sectorsPerBlock = blockSize / 512
    /// The largest file that `i_blocks` can count with its index blocks.
    static let maximumFileSize = 2_193_873_567_744

    /// The entry's type in a folder.
    static func fileType(_ kind: EntryKind) -> UInt8 {
        switch kind {
        case .file: 1
        case .directory: 2
        case .characterDevice: 3
        case .blockDevice: 4
        case .fifo: 5
        case .socket: 6
        case .symbolicLink: 7
        }
    }

    /// Whether a group holds a copy of superblock and descriptors: 0, 1 and the powers of 3, 5 and 7.
    static func hasSuperblock(_ group: Int) -> Bool {
        guard group > 1 else { return true }
        return [3, 5, 7].contains { base in
            var power = base
            while power < group { power *= base }
            return power == group
        }
    }
}

extension Int {
    /// The least multiple that is not less.
    func roundedUp(to multiple: Int) -> Int { (self + multiple - 1) / multiple * multiple }
}
