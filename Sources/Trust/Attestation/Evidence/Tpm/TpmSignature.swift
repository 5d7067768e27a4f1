/// A TPM signature: `TPMT_SIGNATURE` (TPM 2.0 Library, Part 2, 11.3.4).
package struct TpmSignature: Sendable, Equatable {
    /// The signature scheme.
    package let scheme: SignatureAlgorithm.Scheme
    /// The hash algorithm.
    package let hash: HashAlgorithm
    /// The RSA signature; or r and s of an ECDSA signature, as long as the TPM encoded them.
    let parts: [[UInt8]]

    /// Parses the structure.
    ///
    /// - Parameter bytes: The structure, without trailing bytes.
    /// - Throws: `evidence.*`.
    package init(parsing bytes: [UInt8]) throws(AttestationError) {
        var reader = ByteReader(bytes, subject: "signature")
        let algorithm = try reader.bigEndian(UInt16.self, "sigAlg")
        guard let scheme = SignatureAlgorithm.Scheme(tpm: algorithm) else {
            throw Self.invalid("sigAlg", expected: "RSASSA, RSAPSS or ECDSA", found: algorithm)
        }
        let identifier = try reader.bigEndian(UInt16.self, "hash")
        guard let hash = HashAlgorithm(tpmAlgorithm: identifier) else {
            throw Self.invalid("hash", expected: "SHA-256, SHA-384 or SHA-512", found: identifier)
        }
        self.scheme = scheme
        self.hash = hash
        let first = try reader.sized(scheme == .ecdsa ? "signatureR" : "signature")
        parts = scheme == .ecdsa ? [first, try reader.sized("signatureS")] : [first]
        try reader.end()
    }

    /// Creates a signature that was sent without its structure.
    ///
    /// - Parameters:
    ///   - rsassa: The RSA signature, as long as the modulus.
    ///   - hash: The hash algorithm that the sender states.
    package init(rsassa: [UInt8], hash: HashAlgorithm) {
        scheme = .rsaPKCS1
        self.hash = hash
        parts = [rsassa]
    }

    private static func invalid(_ field: String, expected: String, found: UInt16) -> AttestationError {
        AttestationError(
            EvidenceCheck.fieldInvalid,
            subject: "signature",
            fields: [field],
            expected: expected,
            found: "0x" + String(found, radix: 16)
        )
    }
}

extension SignatureAlgorithm.Scheme {
    /// The scheme with a TPM_ALG_ID; nil for an unknown one.
    init?(tpm identifier: UInt16) {
        switch identifier {
        case 0x14: self = .rsaPKCS1
        case 0x16: self = .rsaPSS
        case 0x18: self = .ecdsa
        default: return nil
        }
    }
}
