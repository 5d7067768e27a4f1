import Decompression

/// Hashes the bytes that are read through it.
final class HashingSource: ByteSource {
    private let source: any ByteSource
    private var hasher: Digest.Hasher
    private(set) var byteCount = 0

    init(_ source: any ByteSource, algorithm: Digest.Algorithm) {
        self.source = source
        hasher = Digest.Hasher(algorithm)
    }

    func next() throws -> [UInt8] {
        let bytes = try source.next()
        hasher.update(bytes)
        byteCount += bytes.count
        return bytes
    }

    /// The digest of all bytes read so far.
    var digest: Digest { hasher.digest }
}
