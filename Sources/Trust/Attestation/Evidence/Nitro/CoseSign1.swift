/// A parsed COSE_Sign1 message (RFC 9052), not verified.
package struct CoseSign1: Sendable {
    /// The encoded protected header, as signed.
    package let protected: [UInt8]
    /// The decoded protected header.
    package let header: CborValue
    /// The payload.
    package let payload: [UInt8]
    /// The signature.
    package let signature: [UInt8]

    /// Parses a message, with or without tag 18.
    ///
    /// - Parameters:
    ///   - bytes: The message, without trailing bytes.
    ///   - subject: The name of the structure, for errors.
    /// - Throws: `nitro.cose-invalid` for another structure, a missing payload, or a non-empty unprotected header; the
    ///   errors of ``CborValue``.
    package init(_ bytes: [UInt8], subject: String) throws(AttestationError) {
        var value = try CborValue(bytes, subject: subject)
        if case .tagged(18, let inner) = value { value = inner }
        guard case .array(let parts) = value, parts.count == 4, case .bytes(let protected) = parts[0],
            case .map(let unprotected) = parts[1], case .bytes(let payload) = parts[2],
            case .bytes(let signature) = parts[3]
        else { throw Self.invalid(subject, "an array of header, map, content and signature") }
        guard unprotected.isEmpty else { throw Self.invalid(subject, "an empty unprotected header") }
        header = try CborValue(protected, subject: subject)
        self.protected = protected
        self.payload = payload
        self.signature = signature
    }

    /// The signed bytes: Sig_structure without external data.
    package var signedBytes: [UInt8] {
        [0x84, 0x6A] + Array("Signature1".utf8) + Self.string(protected) + Self.string([]) + Self.string(payload)
    }

    private static func invalid(_ subject: String, _ expected: String) -> AttestationError {
        AttestationError(NitroCheck.coseInvalid, subject: subject, fields: ["COSE_Sign1"], expected: expected)
    }

    /// Encodes a byte string with the shortest head.
    private static func string(_ bytes: [UInt8]) -> [UInt8] {
        let count = UInt32(clamping: bytes.count)
        let head: [UInt8] =
            switch count {
            case 0..<24: [0x40 | UInt8(count)]
            case 24..<0x100: [0x58, UInt8(count)]
            case 0x100..<0x10000: [0x59, UInt8(count >> 8), UInt8(count & 0xFF)]
            default: [0x5A] + (0..<4).map { UInt8(count >> (24 - 8 * $0) & 0xFF) }
            }
        return head + bytes
    }
}
