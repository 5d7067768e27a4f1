import Diagnostics
import Foundation

/// Answers the vectors of SGX and TDX.
enum DcapExaminer {
    /// A quote with or without collateral, a root alone, or the log of a domain.
    static func examine(
        _ vector: ConformanceVector,
        _ files: EvidenceParts,
        _ now: Date
    ) throws(AttestationError) -> ConformanceAnswer {
        if files.names == ["root"] { return try root(files) }
        var quote = try files.optional("quote")
        if quote == nil { quote = try embedded(try files.required("certificate")) }
        var log: RuntimeEventLog?
        if let area = try files.optional("ccel") { log = try RuntimeEventLog(confidentialComputing: area) }
        if let events = try files.optional("event_log") { log = try RuntimeEventLog(json: events) }
        var collateral: DcapCollateral?
        if let json = try files.optional("collateral") { collateral = try DcapCollateral(parsing: json) }
        let evidence = try DcapEvidence(quote: quote ?? [], collateral: collateral, eventLog: log)
        return try ConformancePolicy.answer(UnverifiedEvidence(evidence), vector, now)
    }

    private static func root(_ files: EvidenceParts) throws(AttestationError) -> ConformanceAnswer {
        let certificate = try Certificate(der: try files.required("root"), role: "SGX root")
        guard TrustAnchor.intelSGX.matches(certificate) else {
            return .reject([Finding(CertificateCheck.rootUnknown, subject: "SGX root")])
        }
        return .accept
    }

    /// The quote in an Open Enclave certificate: an extension with a header of version, type and size before it.
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
