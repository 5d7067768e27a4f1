/// A superblock that somebody else wrote, as far as a reader has to know it (`struct ext2_super_block`).
struct Ext2Superblock: Equatable {
    let inodeCount: Int
    let blockCount: Int
    let firstDataBlock: Int
    let blockSize: Int
    let blocksPerGroup: Int
    let inodesPerGroup: Int
    let inodeSize: Int
    let hasFileTypes: Bool
    let hasSparseSuperblocks: Bool

    var groupCount: Int { (blockCount - firstDataBlock + blocksPerGroup - 1) / blocksPerGroup }

    /// Reads a superblock and checks every number that anything is computed from.
    ///
    /// - Parameters:
    ///   - bytes: 1024 bytes.
    ///   - available: How many bytes the image has.
    /// - Throws: `ext2.superblock-invalid`.
    init(_ bytes: [UInt8], available: Int) throws(RootFileSystemError) {
        precondition(bytes.count == Ext2Format.superblockSize, "a superblock has 1024 bytes")
        func word(_ offset: Int) -> Int { Int(bytes.number(at: offset, as: UInt32.self)) }
        func check(
            _ field: String,
            _ value: Int,
            in range: ClosedRange<Int>
        ) throws(RootFileSystemError) -> Int {
            guard range.contains(value) else {
                throw Self.invalid(field, "\(range.lowerBound) to \(range.upperBound)", value)
            }
            return value
        }
        let magic = bytes.number(at: 56, as: UInt16.self)
        guard magic == Ext2Format.magic else {
            throw Self.invalid("s_magic", "\(Ext2Format.magic)", Int(magic))
        }
        let revision = try check("s_rev_level", word(76), in: 0...1)
        blockSize = 1024 << (try check("s_log_block_size", word(24), in: 0...2))
        let bits = 8 * blockSize
        blockCount = try check("s_blocks_count", word(4), in: 8...max(8, available / blockSize))
        let first = blockSize == 1024 ? 1 : 0
        firstDataBlock = try check("s_first_data_block", word(20), in: first...first)
        blocksPerGroup = try check("s_blocks_per_group", word(32), in: 8...bits)
        inodesPerGroup = try check("s_inodes_per_group", word(40), in: 1...bits)
        let groups = (blockCount - firstDataBlock + blocksPerGroup - 1) / blocksPerGroup
        let inodes = inodesPerGroup * groups
        inodeCount = try check("s_inodes_count", word(0), in: inodes...inodes)
        let size = revision == 0 ? 128 : Int(bytes.number(at: 88, as: UInt16.self))
        guard [128, 256, 512, 1024].contains(size) else { throw Self.invalid("s_inode_size", "128 to 1024", size) }
        inodeSize = size
        let (incompatible, readOnly) = revision == 0 ? (0, 0) : (word(96), word(100))
        let known = Int(Ext2Format.Feature.fileType)
        guard incompatible & ~known == 0 else {
            throw Self.invalid("s_feature_incompat", "\(known) or 0", incompatible)
        }
        // What a reader need not know would be all of these; but with checksums or other counts it is no ext2 any more.
        let harmless = Int(Ext2Format.Feature.sparseSuperblocks | Ext2Format.Feature.largeFile)
        guard readOnly & ~harmless == 0 else { throw Self.invalid("s_feature_ro_compat", "0 to \(harmless)", readOnly) }
        hasFileTypes = incompatible & known != 0
        hasSparseSuperblocks = readOnly & Int(Ext2Format.Feature.sparseSuperblocks) != 0
    }

    private static func invalid(_ field: String, _ expected: String, _ found: Int) -> RootFileSystemError {
        RootFileSystemError(.ext2SuperblockInvalid, subject: field, expected: expected, found: "\(found)")
    }
}
