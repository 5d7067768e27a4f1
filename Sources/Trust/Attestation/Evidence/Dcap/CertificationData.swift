/// The certificate of the platform's key (PCK), or a reference to it: a quote's innermost certification data.
enum CertificationData: Sendable, Equatable {
    /// Types 1, 2 and 3: the platform's ID, in clear or encrypted, and the security versions that select its
    /// certificate.
    case platform(identity: [UInt8], isEncrypted: Bool, securityVersions: SecurityVersions)
    /// Type 4: only the certificate, in PEM.
    case leaf(pem: [UInt8])
    /// Type 5: the certificate and its issuers, in PEM.
    case chain(pem: [UInt8])
    /// Type 7: a platform manifest, which has no certificate.
    case manifest([UInt8])

    /// The security versions of the certificate that applies.
    struct SecurityVersions: Sendable, Equatable {
        /// CPUSVN.
        let processor: [UInt8]
        /// PCESVN of the provisioning certification enclave.
        let provisioningEnclave: UInt16
        /// PCEID of the provisioning certification enclave.
        let provisioningIdentity: [UInt8]
    }

    init(_ reader: inout ByteReader) throws(AttestationError) {
        let type = try reader.littleEndian(UInt16.self, "certification data type")
        let size = Int(try reader.littleEndian(UInt32.self, "certification data size"))
        var data = try reader.nested(size, "certification data")
        switch type {
        case 1: self = try Self.platform(&data, identityByteCount: 16, isEncrypted: false)
        case 2: self = try Self.platform(&data, identityByteCount: 256, isEncrypted: true)
        case 3: self = try Self.platform(&data, identityByteCount: 384, isEncrypted: true)
        case 4: self = .leaf(pem: data.remaining())
        case 5: self = .chain(pem: data.remaining())
        case 7: self = .manifest(data.remaining())
        default:
            throw AttestationError(
                EvidenceCheck.fieldInvalid,
                subject: "quote",
                fields: ["certification data type"],
                expected: "1 to 5, or 7",
                found: "\(type)"
            )
        }
    }

    private static func platform(
        _ data: inout ByteReader,
        identityByteCount: Int,
        isEncrypted: Bool
    ) throws(AttestationError) -> Self {
        let identity = try data.bytes(identityByteCount, "platform identity")
        let versions = SecurityVersions(
            processor: try data.bytes(16, "certified CPUSVN"),
            provisioningEnclave: try data.littleEndian(UInt16.self, "certified PCESVN"),
            provisioningIdentity: try data.bytes(2, "certified PCEID")
        )
        try data.end()
        return .platform(identity: identity, isEncrypted: isEncrypted, securityVersions: versions)
    }
}
