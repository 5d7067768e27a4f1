import Files
import Glibc

/// A row of blocks in a file that are not all zeros.
struct BlockRun: Equatable, Sendable {
    var first: Int
    var count: Int
}

extension [BlockRun] {
    private static let zeros = [UInt8](repeating: 0, count: Ext2Format.blockSize)

    /// Looks for the blocks of a file that hold anything.
    ///
    /// What the file system calls a hole is passed over, but a block of zeros counts as a hole wherever it comes from: so
    /// a copy of a tree gives the same image, whatever the copier made of its holes.
    ///
    /// - Parameters:
    ///   - file: A regular file.
    ///   - size: Its size.
    ///   - buffer: Is read into; a multiple of a block.
    ///   - progress: Counts what was looked at.
    /// - Throws: `file.unreadable`, `tree.changed` where the file turns out to be shorter.
    init(
        surveying file: Descriptor,
        size: Int,
        buffer: inout [UInt8],
        progress: ByteProgress
    ) throws(RootFileSystemError) {
        self = []
        let blockSize = Ext2Format.blockSize
        var offset = 0
        while offset < size {
            let data = lseek(file.number, off_t(offset), 3)  // SEEK_DATA
            // A file system that knows no holes gives an error, and then everything is data.
            if data < 0 && errno == ENXIO { break }
            if data > offset { offset = Int(data) / blockSize * blockSize }
            let wanted = Swift.min(buffer.count, size - offset)
            let got = try file.read(into: &buffer, count: wanted, at: offset)
            guard got == wanted else {
                throw RootFileSystemError(
                    .treeChanged,
                    subject: file.name,
                    expected: "\(size) bytes",
                    found: "\(offset + got)"
                )
            }
            for start in stride(from: 0, to: got, by: blockSize)
            where !Self.isZero(buffer, start, count: Swift.min(blockSize, got - start)) {
                append(block: (offset + start) / blockSize)
            }
            offset += got
            progress.add(got)
        }
    }

    /// Everything of a content that has no holes.
    init(dense blocks: Int) {
        self = blocks > 0 ? [BlockRun(first: 0, count: blocks)] : []
    }

    private mutating func append(block: Int) {
        if let last = indices.last, self[last].first + self[last].count == block {
            self[last].count += 1
        } else {
            append(BlockRun(first: block, count: 1))
        }
    }

    private static func isZero(_ buffer: [UInt8], _ start: Int, count: Int) -> Bool {
        // Safe: both ranges lie in their arrays, and no pointer leaves the closures.
        unsafe buffer.withUnsafeBytes { bytes in
            unsafe zeros.withUnsafeBytes { zeros in
                guard let bytes = bytes.baseAddress, let zeros = zeros.baseAddress else { return true }
                return unsafe memcmp(bytes + start, zeros, count) == 0
            }
        }
    }
}
