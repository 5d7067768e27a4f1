import Diagnostics
import FoundationEssentials

extension ConformanceRunner {
    /// Checks an entry of the kinds `sgx` and `tdx`: a quote, a certificate with an embedded quote, or only the root.
    static func dcap(
        _ vector: ConformanceVector,
        _ files: EvidenceParts,
        _ now: Date
    ) throws(AttestationError) -> ConformanceAnswer {
        if files.names == ["root"] { return try root(files.required("root"), .sgx, now) }
        guard files.has("quote") else {
            let quote = try embedded(try files.required("certificate"))
            return try ConformancePolicy.answer(UnverifiedEvidence(dcapQuote: quote), vector, now)
        }
        return try ConformancePolicy.answer(UnverifiedEvidence(dcap: files), vector, now)
    }

    /// The quote in an Open Enclave certificate's extension, after a header of version, type and size.
    private static func embedded(_ der: [UInt8]) throws(AttestationError) -> [UInt8] {
        let certificate = try Certificate(der: der, role: "RA-TLS certificate")
        guard let value = certificate.extensions["1.2.840.113556.10.1.1"]?.value else {
            throw AttestationError(EvidenceCheck.partMissing, subject: "RA-TLS certificate", fields: ["extensions"])
        }
        var reader = ByteReader(value, subject: "RA-TLS certificate")
        _ = try reader.littleEndian(UInt32.self, "version")
        _ = try reader.littleEndian(UInt32.self, "type")
        let size = try reader.littleEndian(UInt64.self, "size")
        let quote = try reader.bytes(Int(clamping: size), "quote")
        try reader.end()
        let key = try PublicKey(subjectPublicKeyInfo: certificate.subjectPublicKeyInfo, subject: "RA-TLS certificate")
        guard key.signed(certificate.signedPart, signature: certificate.signature, algorithm: certificate.algorithm)
        else { throw AttestationError(CertificateCheck.signatureInvalid, subject: "RA-TLS certificate") }
        return quote
    }
}
