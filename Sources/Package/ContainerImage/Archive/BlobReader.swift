import Decompression
import Files
import RootFileSystem

/// A byte range of an open file, such as a member of a tar archive.
struct Blob: Sendable {
    let file: Descriptor
    let offset: Int
    let size: Int
    /// The name in error messages.
    let name: String
}

/// Reads a blob sequentially.
final class BlobReader: ByteSource {
    static let chunk = 1 << 18

    private let blob: Blob
    private let interruption: Interruption
    private var done = 0

    init(_ blob: Blob, interruption: Interruption) {
        self.blob = blob
        self.interruption = interruption
    }

    func next() throws -> [UInt8] {
        try interruption.check()
        let wanted = min(Self.chunk, blob.size - done)
        guard wanted > 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: wanted)
        let count = try blob.file.read(into: &buffer, count: wanted, at: blob.offset + done)
        guard count == wanted else {
            throw ContainerError(
                .blobSizeMismatch,
                subject: blob.name,
                expected: "\(blob.size) bytes",
                found: "\(done + count)"
            )
        }
        done += count
        return buffer
    }

    func skip(_ count: Int) -> Int {
        let skipped = max(0, min(count, blob.size - done))
        done += skipped
        return skipped
    }
}
