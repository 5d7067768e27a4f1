/// A signature of a TPM: `TPMT_SIGNATURE` (TPM 2.0 Library, Part 2, 11.3.4).
package struct TpmSignature: Sendable, Equatable {
    /// The arithmetic.
    package let scheme: SignatureAlgorithm.Scheme
    /// The hash that was signed.
    package let hash: HashAlgorithm
    /// The number of an RSA signature; r and s of an ECDSA signature, as wide as the TPM wrote them.
    let parts: [[UInt8]]

    /// Parses the structure.
    ///
    /// - Parameter bytes: The structure, with nothing behind it.
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

    /// A signature that came without its structure.
    ///
    /// - Parameters:
    ///   - rsassa: The number, as wide as the modulus.
    ///   - hash: What its sender says the hash is.
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
    /// The scheme of a TPM algorithm's number; nil for one that is not known here.
    init?(tpm identifier: UInt16) {
        switch identifier {
        case 0x14: self = .rsaPKCS1
        case 0x16: self = .rsaPSS
        case 0x18: self = .ecdsa
        default: return nil
        }
    }
}
