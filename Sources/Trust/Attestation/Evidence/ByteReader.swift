import Diagnostics

/// Reads fields from untrusted bytes sequentially, with bounds checks.
///
/// Every error names the field. A length is compared with the remaining bytes before anything is copied.
package struct ByteReader {
    /// The name of the structure, for errors: `report`, `quote`.
    package let subject: String
    /// The remaining bytes.
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

    /// The number of bytes read so far.
    package var offset: Int { rest.startIndex - start }

    /// Whether no bytes remain.
    package var isAtEnd: Bool { rest.isEmpty }

    /// Reads bytes.
    ///
    /// - Parameters:
    ///   - count: The number of bytes; a negative number counts as too many.
    ///   - field: The field's name in the specification.
    /// - Returns: A slice of the input, without copying.
    /// - Throws: `evidence.truncated` where fewer remain.
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

    /// Reads a little-endian integer.
    ///
    /// - Parameters:
    ///   - type: The integer's type, which gives its width.
    ///   - field: The field's name in the specification.
    /// - Returns: The integer.
    /// - Throws: `evidence.truncated` where fewer bytes remain.
    package mutating func littleEndian<Integer: FixedWidthInteger & UnsignedInteger>(
        _ type: Integer.Type,
        _ field: String
    ) throws(AttestationError) -> Integer {
        try take(Integer.bitWidth / 8, field).reversed().reduce(0) { $0 << 8 | Integer($1) }
    }

    /// Reads a big-endian integer.
    ///
    /// - Parameters:
    ///   - type: The integer's type, which gives its width.
    ///   - field: The field's name in the specification.
    /// - Returns: The integer.
    /// - Throws: `evidence.truncated` where fewer bytes remain.
    package mutating func bigEndian<Integer: FixedWidthInteger & UnsignedInteger>(
        _ type: Integer.Type,
        _ field: String
    ) throws(AttestationError) -> Integer {
        try take(Integer.bitWidth / 8, field).reduce(0) { $0 << 8 | Integer($1) }
    }

    /// Reads bytes that must be zero.
    ///
    /// - Parameters:
    ///   - count: The number of bytes.
    ///   - field: The field's name in the specification.
    /// - Throws: `evidence.field-invalid` where one is not zero, `evidence.truncated` where fewer remain.
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

    /// Checks that all bytes were read.
    ///
    /// - Throws: `evidence.trailing-bytes` where bytes remain.
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
