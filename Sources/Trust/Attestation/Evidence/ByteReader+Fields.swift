extension ByteReader {
    /// Reads bytes as a new array, which does not retain the input.
    ///
    /// - Throws: `evidence.truncated`.
    mutating func bytes(_ count: Int, _ field: String) throws(AttestationError) -> [UInt8] {
        Array(try take(count, field))
    }

    /// Skips bytes.
    ///
    /// - Throws: `evidence.truncated`.
    mutating func skip(_ count: Int, _ field: String) throws(AttestationError) {
        _ = try take(count, field)
    }

    /// Reads all remaining bytes.
    mutating func remaining() -> [UInt8] {
        let left = Array(rest)
        _ = try? take(left.count, "rest")
        return left
    }

    /// Returns a reader for a part with a given length, which has to be read to its end.
    ///
    /// - Throws: `evidence.truncated`.
    mutating func nested(_ count: Int, _ field: String) throws(AttestationError) -> ByteReader {
        ByteReader(try take(count, field), subject: subject)
    }

    /// Reads bytes with a 16-bit big-endian length prefix: a `TPM2B` structure.
    ///
    /// - Throws: `evidence.truncated`.
    mutating func sized(_ field: String) throws(AttestationError) -> [UInt8] {
        try bytes(Int(try bigEndian(UInt16.self, field)), field)
    }
}
