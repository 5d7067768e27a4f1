import Diagnostics

/// Takes fields from bytes one after another, and never reads past them.
///
/// Every failure names the field. A length that was read is compared with what is left before anything is copied.
package struct ByteReader {
    /// What is being read, for errors: `report`, `quote`.
    package let subject: String
    /// The bytes that are left.
    package private(set) var rest: ArraySlice<UInt8>

    private let start: Int

    package init(_ bytes: ArraySlice<UInt8>, subject: String) {
        self.subject = subject
        rest = bytes
        start = bytes.startIndex
    }

    package init(_ bytes: [UInt8], subject: String) {
        self.init(bytes[...], subject: subject)
    }

    /// How many bytes were taken.
    package var offset: Int { rest.startIndex - start }

    /// Whether nothing is left.
    package var isAtEnd: Bool { rest.isEmpty }

    /// Takes bytes.
    ///
    /// - Parameters:
    ///   - count: How many; a negative one counts as too many.
    ///   - field: The field's name in the specification.
    /// - Returns: A slice of the input: nothing is copied.
    /// - Throws: `evidence.truncated` where fewer are left.
    package mutating func take(_ count: Int, _ field: String) throws(AttestationError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= rest.count else {
            throw AttestationError(
                EvidenceCheck.truncated,
                subject: subject,
                fields: [field],
                expected: "\(count) bytes at offset \(offset)",
                found: "\(rest.count) bytes"
            )
        }
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return taken
    }

    /// Takes an integer whose first byte is the lowest.
    ///
    /// - Parameters:
    ///   - type: How wide it is.
    ///   - field: The field's name in the specification.
    /// - Returns: The integer.
    /// - Throws: `evidence.truncated` where it does not lie within the bytes.
    package mutating func littleEndian<Integer: FixedWidthInteger & UnsignedInteger>(
        _ type: Integer.Type,
        _ field: String
    ) throws(AttestationError) -> Integer {
        try take(Integer.bitWidth / 8, field).reversed().reduce(0) { $0 << 8 | Integer($1) }
    }

    /// Takes an integer whose first byte is the highest.
    ///
    /// - Parameters:
    ///   - type: How wide it is.
    ///   - field: The field's name in the specification.
    /// - Returns: The integer.
    /// - Throws: `evidence.truncated` where it does not lie within the bytes.
    package mutating func bigEndian<Integer: FixedWidthInteger & UnsignedInteger>(
        _ type: Integer.Type,
        _ field: String
    ) throws(AttestationError) -> Integer {
        try take(Integer.bitWidth / 8, field).reduce(0) { $0 << 8 | Integer($1) }
    }

    /// Takes bytes that must be zero.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - field: The field's name in the specification.
    /// - Throws: `evidence.field-invalid` where one is not zero, `evidence.truncated` where fewer are left.
    package mutating func zeros(_ count: Int, _ field: String) throws(AttestationError) {
        let bytes = try take(count, field)
        guard bytes.allSatisfy({ $0 == 0 }) else {
            throw AttestationError(
                EvidenceCheck.fieldInvalid,
                subject: subject,
                fields: [field],
                expected: "zeros",
                found: Hexadecimal.text(bytes)
            )
        }
    }

    /// Ends the reading.
    ///
    /// - Throws: `evidence.trailing-bytes` where bytes are left.
    package func end() throws(AttestationError) {
        guard rest.isEmpty else {
            throw AttestationError(
                EvidenceCheck.trailingBytes,
                subject: subject,
                fields: ["length"],
                expected: "\(offset) bytes",
                found: "\(offset + rest.count) bytes"
            )
        }
    }
}
