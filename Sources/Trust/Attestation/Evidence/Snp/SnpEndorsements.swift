/// The certificates and revocation list for a report, sent with it or from AMD's Key Distribution Service.
public struct SnpEndorsements: Sendable, Hashable {
    /// The certificate of the report's signing key: VCEK or VLEK, in DER.
    public var signingKey: [UInt8]
    /// The issuer's certificate: ASK or ASVK, in DER.
    public var intermediate: [UInt8]
    /// The root's certificate, ARK, in DER; without it the built-in root with the issuer's name is used.
    public var root: [UInt8]?
    /// The root's revocation list, in DER.
    public var revocationList: [UInt8]?

    /// Creates endorsements.
    ///
    /// - Parameters:
    ///   - signingKey: VCEK or VLEK, in DER.
    ///   - intermediate: ASK or ASVK, in DER.
    ///   - root: ARK, in DER.
    ///   - revocationList: The root's revocation list, in DER.
    public init(
        signingKey: [UInt8],
        intermediate: [UInt8],
        root: [UInt8]? = nil,
        revocationList: [UInt8]? = nil
    ) {
        self.signingKey = signingKey
        self.intermediate = intermediate
        self.root = root
        self.revocationList = revocationList
    }
}

extension SnpEndorsements {
    /// Takes the endorsements of a report from the host's certificate table.
    ///
    /// - Parameters:
    ///   - table: The content of `auxblob` of configfs-tsm.
    ///   - signer: The kind of key that the report's KEY_INFO states; a table may hold both.
    /// - Throws: `snp.table-invalid`, `evidence.truncated`; `evidence.part-missing` where the certificate of that key or its
    ///   issuer's is not there.
    public init(table: [UInt8], signedBy signer: SnpSigningKey) throws(AttestationError) {
        try self.init(parts: EvidenceParts(["auxblob": table]), signedBy: signer)
    }

    /// Takes endorsements from parts: single certificates in DER or PEM, the host's table, or both.
    ///
    /// A single certificate counts before the table's. The intermediate may be named for the other kind of key, as some
    /// senders call every one `ask`; its own name is checked in verification.
    init(parts: EvidenceParts, signedBy signer: SnpSigningKey) throws(AttestationError) {
        let table: SnpCertificateTable?
        if let bytes = try parts.optional("auxblob") { table = try SnpCertificateTable(bytes) } else { table = nil }
        guard let key = try parts.certificate(signer.name.lowercased()) ?? table?.certificate(of: signer) else {
            throw Self.missing(signer.name, signer, parts, table)
        }
        let names = signer == .vcek ? ["ask", "asvk"] : ["asvk", "ask"]
        var issuer = try parts.certificate(names[0])
        if issuer == nil { issuer = try parts.certificate(names[1]) }
        guard let intermediate = issuer ?? table?.intermediate else {
            throw Self.missing(signer.intermediateName, signer, parts, table)
        }
        var list = try parts.certificate("crl", label: "X509 CRL")
        if list == nil { list = table?.revocationList }
        var root = try parts.certificate("ark")
        if root == nil { root = table?.root }
        self.init(signingKey: key, intermediate: intermediate, root: root, revocationList: list)
    }

    /// The error for a missing certificate; it says what there is instead.
    private static func missing(
        _ name: String,
        _ signer: SnpSigningKey,
        _ parts: EvidenceParts,
        _ table: SnpCertificateTable?
    ) -> AttestationError {
        let missing = parts.missing(name.lowercased())
        guard missing.finding.id == EvidenceCheck.partMissing.rawValue else { return missing }
        let isKey = name == signer.name
        return AttestationError(
            EvidenceCheck.partMissing,
            subject: name,
            fields: [name.lowercased()],
            expected: isKey ? "the \(name) that the report's KEY_INFO states" : "the issuer of the \(signer.name)",
            found: table?.content ?? missing.finding.found
        )
    }
}
