/// Writes the fields of commands: big-endian numbers, and bytes behind their length.
package enum TpmField {
    /// A number.
    package static func number(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// A `TPM2B`: at most 65535 bytes behind their length.
    package static func sized(_ bytes: [UInt8]) -> [UInt8] {
        number(UInt16(clamping: bytes.count)) + bytes
    }

    /// `TPML_PCR_SELECTION` of one bank of SHA-256, which has 24 registers.
    package static func selection(_ registers: [Int]) -> [UInt8] {
        var bits: [UInt8] = [0, 0, 0]
        for register in registers where (0..<24).contains(register) {
            bits[register / 8] |= 1 << (register % 8)
        }
        return number(UInt32(1)) + number(TpmAlgorithm.sha256) + [UInt8(bits.count)] + bits
    }
}

/// Reads the fields of responses, and never past their end.
package struct TpmReader {
    private var rest: ArraySlice<UInt8>

    /// Reads from the start of bytes.
    ///
    /// - Parameter bytes: A response's part.
    package init(_ bytes: some Collection<UInt8>) {
        rest = Array(bytes)[...]
    }

    /// What was not read yet.
    package var remainder: [UInt8] { Array(rest) }

    /// A number.
    ///
    /// - Parameter type: The number's width.
    /// - Returns: The number.
    /// - Throws: ``TpmFailure/malformed`` at the end.
    package mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type
    ) throws(TpmFailure) -> Number {
        try bytes(Number.bitWidth / 8).reduce(0) { $0 << 8 | Number($1) }
    }

    /// So many bytes.
    ///
    /// - Parameter count: How many.
    /// - Returns: The bytes.
    /// - Throws: ``TpmFailure/malformed`` where fewer are left.
    package mutating func bytes(_ count: Int) throws(TpmFailure) -> [UInt8] {
        guard count <= rest.count else { throw .malformed }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// A `TPM2B`'s bytes, without their length.
    ///
    /// - Returns: The bytes.
    /// - Throws: ``TpmFailure/malformed`` where fewer are left than it says.
    package mutating func sized() throws(TpmFailure) -> [UInt8] {
        try bytes(Int(number(UInt16.self)))
    }
}

/// The identifiers of algorithms (Part 2, 6.3).
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
