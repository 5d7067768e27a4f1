import Crypto
import Diagnostics
import Files

/// A dm-verity hash tree over the blocks of a file, stored in the same file.
///
/// SHA-256, data and hash blocks of 4096 bytes, hash format 1: a block's digest is that of the salt and then the block.
/// Every core takes part, and no level is held in memory.
package struct VerityTree: Sendable {
    /// How many blocks a piece of the work has; its digests fill whole blocks.
    private static let piece = VerityGeometry.digestsInBlock

    private let file: Descriptor
    package let geometry: VerityGeometry
    /// Where the tree begins in the file.
    private let offset: Int
    /// A hash that the salt went into.
    private let salted: SHA256

    /// - Parameters:
    ///   - file: Holds the data and the tree.
    ///   - dataBlockCount: The blocks to hash; the first is the file's first.
    ///   - offset: Where the tree begins in the file, behind the data.
    ///   - salt: Precedes each block in the hash.
    init(in file: Descriptor, dataBlockCount: Int, at offset: Int, salt: [UInt8]) {
        self.file = file
        self.offset = offset
        geometry = VerityGeometry(dataBlockCount: dataBlockCount)
        var salted = SHA256()
        salted.update(data: salt)
        self.salted = salted
    }

    /// The levels of the tree from the data up, with their offsets in the file.
    private var rows: [(offset: Int, blockCount: Int)] {
        let size = VerityGeometry.blockSize
        return [(0, geometry.dataBlockCount)]
            + geometry.levels.map { (offset + $0.firstBlock * size, $0.blockCount) }
    }

    /// Hashes the data and writes the tree.
    ///
    /// - Parameter progress: Counts what was hashed.
    /// - Returns: The root hash.
    /// - Throws: What reading and writing throws.
    func build(progress: ByteProgress) throws(RootFileSystemError) -> SHA256.Digest {
        let rows = rows
        for (row, above) in zip(rows, rows.dropFirst()) {
            try forEachPiece(of: row, progress: progress) { first, digests throws(RootFileSystemError) in
                // The rest of the last block stays as zeros.
                var digests = digests
                let rest = digests.count % VerityGeometry.blockSize
                if rest > 0 { digests += [UInt8](repeating: 0, count: VerityGeometry.blockSize - rest) }
                try file.write(digests[...], at: above.offset + first * VerityGeometry.digestSize)
            }
        }
        return try rootDigest()
    }

    /// Compares every block with the tree, from the root down.
    ///
    /// - Parameters:
    ///   - root: The root hash that is trusted.
    ///   - progress: Counts what was hashed.
    /// - Returns: The same root hash, now known to be that of this data.
    /// - Throws: `verity.block-mismatch` with the first block of the highest level that differs.
    func verify(against root: [UInt8], progress: ByteProgress) throws(RootFileSystemError) -> SHA256.Digest {
        let digest = try rootDigest()
        guard Array(digest) == root else {
            let top = geometry.levels.isEmpty ? "data block 0" : "hash block 0"
            throw Self.mismatch(top, expected: root[...], found: Array(digest)[...])
        }
        let rows = rows
        for (index, row) in rows.enumerated().dropLast().reversed() {
            let above = rows[index + 1]
            try forEachPiece(of: row, progress: progress) { first, digests throws(RootFileSystemError) in
                var stored = [UInt8](repeating: 0, count: digests.count)
                let place = above.offset + first * VerityGeometry.digestSize
                let got = try file.read(into: &stored, count: stored.count, at: place)
                guard got == stored.count else { throw truncated(at: place + got) }
                guard stored != digests else { return }
                for start in stride(from: 0, to: stored.count, by: VerityGeometry.digestSize) {
                    let range = start..<start + VerityGeometry.digestSize
                    guard stored[range] != digests[range] else { continue }
                    let block = first + start / VerityGeometry.digestSize
                    let name =
                        index == 0
                        ? "data block \(block)" : "hash block \(geometry.levels[index - 1].firstBlock + block)"
                    throw Self.mismatch(name, expected: stored[range], found: digests[range])
                }
            }
        }
        return digest
    }

    // MARK: private

    /// The digest of the topmost block.
    private func rootDigest() throws(RootFileSystemError) -> SHA256.Digest {
        var block = [UInt8](repeating: 0, count: VerityGeometry.blockSize)
        let place = geometry.levels.last.map { offset + $0.firstBlock * VerityGeometry.blockSize } ?? 0
        let got = try file.read(into: &block, count: block.count, at: place)
        guard got == block.count else { throw truncated(at: place + got) }
        var hash = salted
        hash.update(data: block)
        return hash.finalize()
    }

    /// Hashes a row of blocks on every core; `use` takes the index of a piece's first block and its digests in a row.
    private func forEachPiece(
        of row: (offset: Int, blockCount: Int),
        progress: ByteProgress,
        _ use: @Sendable (Int, [UInt8]) throws(RootFileSystemError) -> Void
    ) throws(RootFileSystemError) {
        let size = VerityGeometry.blockSize
        let pieces = (row.blockCount + Self.piece - 1) / Self.piece
        let buffers = BufferPool(size: min(Self.piece, row.blockCount) * size)
        try ParallelWork.perform(pieces) { index throws(RootFileSystemError) in
            let first = index * Self.piece
            let count = min(Self.piece, row.blockCount - first)
            let place = row.offset + first * size
            let digests = try buffers.withBuffer { blocks throws(RootFileSystemError) in
                let got = try file.read(into: &blocks, count: count * size, at: place)
                guard got == count * size else { throw truncated(at: place + got) }
                return hash(blocks, count: count)
            }
            try use(first, digests)
            progress.add(count * size)
        }
    }

    /// The digests of the first blocks of a buffer, in a row.
    private func hash(_ blocks: [UInt8], count: Int) -> [UInt8] {
        let size = VerityGeometry.blockSize
        precondition(count * size <= blocks.count, "the blocks lie in their buffer")
        var digests: [UInt8] = []
        digests.reserveCapacity(count * VerityGeometry.digestSize)
        // Safe: each block is a part of the array, as was checked above, and no pointer leaves the closure.
        unsafe blocks.withUnsafeBytes { bytes in
            for block in 0..<count {
                var hash = salted
                unsafe hash.update(
                    bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[block * size..<(block + 1) * size])
                )
                digests.append(contentsOf: hash.finalize())
            }
        }
        return digests
    }

    private func truncated(at place: Int) -> RootFileSystemError {
        RootFileSystemError(
            .verityTruncated,
            subject: file.name,
            expected: "more blocks",
            found: "the end at byte \(place)"
        )
    }

    private static func mismatch(
        _ block: String,
        expected: ArraySlice<UInt8>,
        found: ArraySlice<UInt8>
    ) -> RootFileSystemError {
        RootFileSystemError(
            .verityBlockMismatch,
            subject: block,
            expected: Hexadecimal.text(expected),
            found: Hexadecimal.text(found)
        )
    }
}
