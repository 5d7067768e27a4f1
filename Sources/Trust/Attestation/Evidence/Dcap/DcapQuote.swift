import Diagnostics

/// A parsed Intel DCAP quote: SGX in version 3, TDX in versions 4 and 5.
///
/// Every length is checked: the signature data, the certification data and the nested one end exactly where they say.
/// Bytes after the signature data are ignored, because quoting services return a buffer that is larger than the quote.
/// Nothing here is verified.
package struct DcapQuote: Sendable, Equatable {
    /// The subject of the quote.
    package enum Body: Sendable, Equatable {
        /// An SGX enclave.
        case enclave(EnclaveReport)
        /// A TDX trust domain.
        case trustDomain(TrustDomainReport)
    }

    /// QE_VENDOR_ID of Intel's quoting enclave.
    static let intelVendor: [UInt8] = [
        0x93, 0x9A, 0x72, 0x33, 0xF7, 0x9C, 0x4C, 0xA9, 0x94, 0x0A, 0x0D, 0xB3, 0x95, 0x7F, 0x06, 0x07,
    ]
    private static let headerByteCount = 48
    private static let trustDomainType: UInt32 = 0x81

    /// 3, 4 or 5.
    package let version: UInt16
    /// USER_DATA: 20 bytes chosen by the quoting enclave.
    package let userData: [UInt8]
    /// The subject of the quote.
    package let body: Body
    /// The bytes that the attestation key signed: the header, in version 5 the body's descriptor, and the body.
    let signedBytes: [UInt8]
    /// The attestation key's ECDSA P-256 signature, r and s.
    let signature: [UInt8]
    /// The attestation key, x and y.
    let attestationKey: [UInt8]
    /// The quoting enclave's report, which the platform's key signed and which binds the attestation key.
    package let quotingEnclave: EnclaveReport
    /// The platform key's ECDSA P-256 signature over that report, r and s.
    let quotingEnclaveSignature: [UInt8]
    /// The data that the quoting enclave hashed together with the attestation key.
    let authenticationData: [UInt8]
    /// The platform's certificate, or a reference to it.
    let certification: CertificationData

    /// Parses a quote.
    ///
    /// - Parameter bytes: The quote; trailing bytes of its buffer are ignored.
    /// - Throws: `evidence.truncated`, `evidence.field-invalid` or `evidence.trailing-bytes`, naming the field.
    package init(parsing bytes: [UInt8]) throws(AttestationError) {
        var reader = ByteReader(bytes, subject: "quote")
        version = try reader.littleEndian(UInt16.self, "version")
        guard (3...5).contains(version) else {
            throw AttestationError(
                EvidenceCheck.fieldInvalid,
                subject: "quote",
                fields: ["version"],
                expected: "3, 4 or 5",
                found: "\(version)"
            )
        }
        let isTrustDomain = version > 3
        try Self.readKind(&reader, teeType: isTrustDomain ? Self.trustDomainType : 0)
        userData = try reader.bytes(20, "USER_DATA")
        let extended = version == 5 ? try Self.readDescriptor(&reader) : false
        if isTrustDomain {
            body = .trustDomain(try TrustDomainReport(&reader, extended: extended))
        } else {
            body = .enclave(try EnclaveReport(&reader, field: "enclave report"))
        }
        signedBytes = Array(bytes[..<reader.offset])
        var data = try reader.nested(Int(try reader.littleEndian(UInt32.self, "signature data size")), "signature data")
        signature = try data.bytes(64, "quote signature")
        attestationKey = try data.bytes(64, "attestation key")
        var certified = isTrustDomain ? try Self.readOuterCertification(&data) : data
        quotingEnclave = try EnclaveReport(&certified, field: "QE report")
        quotingEnclaveSignature = try certified.bytes(64, "QE report signature")
        let authenticationCount = Int(try certified.littleEndian(UInt16.self, "QE authentication data size"))
        authenticationData = try certified.bytes(authenticationCount, "QE authentication data")
        certification = try CertificationData(&certified)
        try certified.end()
    }

    /// Whether it is a TDX quote.
    var isTrustDomain: Bool { version > 3 }

    /// The fields that the attestation key's signature covers, by their names in the specification.
    var signedFieldNames: [String] {
        let header = ["version", "attestation key type", "TEE type", "QE SVN", "PCE SVN", "QE vendor", "USER_DATA"]
        switch body {
        case .enclave: return header + EnclaveReport.fieldNames
        case .trustDomain(let report):
            let descriptor = version == 5 ? ["body type", "body size"] : []
            return header + descriptor + TrustDomainReport.fieldNames.dropLast(report.extended == nil ? 2 : 0)
        }
    }

    private static func readKind(_ reader: inout ByteReader, teeType: UInt32) throws(AttestationError) {
        let keyType = try reader.littleEndian(UInt16.self, "attestation key type")
        guard keyType == 2 else {
            throw AttestationError(
                EvidenceCheck.fieldInvalid,
                subject: "quote",
                fields: ["attestation key type"],
                expected: "2 (ECDSA P-256)",
                found: "\(keyType)"
            )
        }
        let found = try reader.littleEndian(UInt32.self, "TEE type")
        guard found == teeType else {
            throw AttestationError(
                EvidenceCheck.fieldInvalid,
                subject: "quote",
                fields: ["TEE type"],
                expected: teeType == 0 ? "0 (SGX)" : "129 (TDX)",
                found: "\(found)"
            )
        }
        // Security versions in version 3, reserved later; the certified data has both again.
        try reader.skip(4, "header")
        let vendor = try reader.bytes(16, "QE vendor")
        guard vendor == intelVendor else {
            throw AttestationError(
                EvidenceCheck.fieldInvalid,
                subject: "quote",
                fields: ["QE vendor"],
                expected: Hexadecimal.text(intelVendor),
                found: Hexadecimal.text(vendor)
            )
        }
    }

    /// Reads the body's type and size, which precede it in version 5; returns whether the body is that of TDX 1.5.
    private static func readDescriptor(_ reader: inout ByteReader) throws(AttestationError) -> Bool {
        let type = try reader.littleEndian(UInt16.self, "body type")
        guard type == 2 || type == 3 else {
            throw AttestationError(
                EvidenceCheck.fieldInvalid,
                subject: "quote",
                fields: ["body type"],
                expected: "2 or 3 (TDX)",
                found: "\(type)"
            )
        }
        let size = try reader.littleEndian(UInt32.self, "body size")
        let expected = type == 3 ? TrustDomainReport.extendedByteCount : TrustDomainReport.byteCount
        guard size == expected else {
            throw AttestationError(
                EvidenceCheck.fieldInvalid,
                subject: "quote",
                fields: ["body size"],
                expected: "\(expected)",
                found: "\(size)"
            )
        }
        return type == 3
    }

    /// Reads certification data of type 6, which in versions 4 and 5 wraps what version 3 has directly.
    private static func readOuterCertification(_ data: inout ByteReader) throws(AttestationError) -> ByteReader {
        let type = try data.littleEndian(UInt16.self, "outer certification data type")
        guard type == 6 else {
            throw AttestationError(
                EvidenceCheck.fieldInvalid,
                subject: "quote",
                fields: ["outer certification data type"],
                expected: "6 (QE report certification data)",
                found: "\(type)"
            )
        }
        let size = Int(try data.littleEndian(UInt32.self, "outer certification data size"))
        let certified = try data.nested(size, "outer certification data")
        try data.end()
        return certified
    }
}
