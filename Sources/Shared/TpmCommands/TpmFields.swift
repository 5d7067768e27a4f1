/// Encodes command fields: big-endian numbers and length-prefixed bytes.
package enum TpmField {
    /// A number, big-endian.
    package static func number(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// A `TPM2B`: at most 65535 bytes after a 16-bit length.
    package static func sized(_ bytes: [UInt8]) -> [UInt8] {
        number(UInt16(clamping: bytes.count)) + bytes
    }

    /// `TPML_PCR_SELECTION` of the SHA-256 bank, which has 24 PCRs; other indexes are ignored.
    package static func selection(_ registers: [Int]) -> [UInt8] {
        var bits: [UInt8] = [0, 0, 0]
        for register in registers where (0..<24).contains(register) {
            bits[register / 8] |= 1 << (register % 8)
        }
        return number(UInt32(1)) + number(TpmAlgorithm.sha256) + [UInt8(bits.count)] + bits
    }
}

/// Decodes response fields with bounds checks.
package struct TpmReader {
    private var rest: ArraySlice<UInt8>

    /// Creates a reader at the start of some bytes.
    ///
    /// - Parameter bytes: A response or a part of one.
    package init(_ bytes: some Collection<UInt8>) {
        rest = Array(bytes)[...]
    }

    /// The bytes that were not read yet.
    package var remainder: [UInt8] { Array(rest) }

    /// Reads a big-endian number.
    ///
    /// - Parameter type: The number's type, which gives its width.
    /// - Returns: The number.
    /// - Throws: ``TpmFailure/malformed`` where fewer bytes are left.
    package mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type
    ) throws(TpmFailure) -> Number {
        try bytes(Number.bitWidth / 8).reduce(0) { $0 << 8 | Number($1) }
    }

    /// Reads bytes.
    ///
    /// - Parameter count: The number of bytes.
    /// - Returns: The bytes.
    /// - Throws: ``TpmFailure/malformed`` where fewer are left.
    package mutating func bytes(_ count: Int) throws(TpmFailure) -> [UInt8] {
        guard count <= rest.count else { throw .malformed }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// Reads a `TPM2B` and returns its bytes without the length.
    ///
    /// - Returns: The bytes.
    /// - Throws: ``TpmFailure/malformed`` where fewer bytes are left than the length says.
    package mutating func sized() throws(TpmFailure) -> [UInt8] {
        try bytes(Int(number(UInt16.self)))
    }
}

/// Algorithm and curve identifiers (Part 2, 6.3 and 6.4).
package enum TpmAlgorithm {
    package static let hmac: UInt16 = 0x0005
    package static let aes: UInt16 = 0x0006
    package static let keyedHash: UInt16 = 0x0008
    package static let sha256: UInt16 = 0x000B
    package static let null: UInt16 = 0x0010
    package static let ecdsa: UInt16 = 0x0018
    package static let ecc: UInt16 = 0x0023
    package static let cfb: UInt16 = 0x0043
    package static let p256: UInt16 = 0x0003
}
