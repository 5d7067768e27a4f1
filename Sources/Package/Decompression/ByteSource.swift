/// A sequential source of bytes; sources are chained for decompression, hashing and limits.
package protocol ByteSource: AnyObject {
    /// Returns the next chunk; empty at the end.
    ///
    /// - Throws: The source's error.
    func next() throws -> [UInt8]

    /// Skips bytes without reading them, where the source can.
    ///
    /// - Returns: How many bytes were skipped, from 0 to `count`.
    func skip(_ count: Int) -> Int
}

extension ByteSource {
    package func skip(_ count: Int) -> Int { 0 }

    /// Reads and discards the rest, so that all of it is hashed and checked.
    package func drain() throws {
        while try !next().isEmpty {}
    }
}
