extension ByteReader {
    /// Takes bytes as an array of their own, which keeps nothing else alive.
    ///
    /// - Throws: `evidence.truncated`.
    mutating func bytes(_ count: Int, _ field: String) throws(AttestationError) -> [UInt8] {
        Array(try take(count, field))
    }

    /// Passes over bytes.
    ///
    /// - Throws: `evidence.truncated`.
    mutating func skip(_ count: Int, _ field: String) throws(AttestationError) {
        _ = try take(count, field)
    }

    /// Takes everything that is left.
    mutating func remaining() -> [UInt8] {
        let left = Array(rest)
        _ = try? take(left.count, "rest")
        return left
    }

    /// Takes a part whose length was stated, to be read by itself and to its very end.
    ///
    /// - Throws: `evidence.truncated`.
    mutating func nested(_ count: Int, _ field: String) throws(AttestationError) -> ByteReader {
        ByteReader(try take(count, field), subject: subject)
    }

    /// Takes a part with its length before it in two bytes, the higher one first: a `TPM2B` structure.
    ///
    /// - Throws: `evidence.truncated`.
    mutating func sized(_ field: String) throws(AttestationError) -> [UInt8] {
        try bytes(Int(try bigEndian(UInt16.self, field)), field)
    }
}
