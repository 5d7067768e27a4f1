/// How large a dm-verity tree is and where its levels lie (cryptsetup, "DMVerity", hash format 1).
///
/// A block of 4096 bytes holds 128 digests. The digests of the data blocks are the leaves; each level above holds those
/// of the level below; the level of one block comes first on the disk, the leaves last.
package struct VerityGeometry: Equatable, Sendable {
    /// The size of data blocks and of hash blocks.
    package static let blockSize = 4096
    static let digestSize = 32
    static let digestsInBlock = blockSize / digestSize

    /// A level of the tree.
    struct Level: Equatable, Sendable {
        /// The level's first block, counted from the tree's first.
        let firstBlock: Int
        let blockCount: Int
    }

    /// How many blocks are hashed.
    package let dataBlockCount: Int
    /// The leaves first; empty for a single data block, whose digest is the root hash.
    let levels: [Level]

    /// - Parameter dataBlockCount: At least 1.
    package init(dataBlockCount: Int) {
        precondition(dataBlockCount >= 1, "a tree needs a block")
        self.dataBlockCount = dataBlockCount
        var counts: [Int] = []
        var count = dataBlockCount
        while count > 1 {
            count = (count + Self.digestsInBlock - 1) / Self.digestsInBlock
            counts.append(count)
        }
        levels = counts.indices.map { level in
            Level(firstBlock: counts[(level + 1)...].reduce(0, +), blockCount: counts[level])
        }
    }

    /// How many blocks the tree has.
    package var blockCount: Int {
        levels.reduce(0) { $0 + $1.blockCount }
    }
}
