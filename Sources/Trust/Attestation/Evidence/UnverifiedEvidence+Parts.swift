extension UnverifiedEvidence {
    /// Parses the parts of one kind of evidence.
    typealias Parser = @Sendable (EvidenceParts) throws(AttestationError) -> UnverifiedEvidence

    /// The parser of each kind.
    private static let parsers: [EvidenceKind: Parser] = [
        .snp: snp, .nitro: nitro, .nitroTpm: nitroTpm, .azureVtpm: azure, .sgx: sgx, .tdx: tdx, .tpm: tpm,
        .developerVtpm: developerVtpm, .developerProcess: developerProcess,
    ]

    /// Parses evidence of any kind from its parts.
    ///
    /// - Parameters:
    ///   - kind: The kind.
    ///   - parts: The parts, by the names that Docs/formats/conformance-index.md lists for the kind.
    /// - Throws: `evidence.part-missing`, `evidence.kind-unknown`, and the errors of the kind's parser.
    public init(kind: EvidenceKind, parts: EvidenceParts) throws(AttestationError) {
        guard let parse = Self.parsers[kind] else {
            throw AttestationError(EvidenceCheck.kindUnknown, subject: kind.rawValue)
        }
        self = try parse(parts)
    }

    private static func snp(_ parts: EvidenceParts) throws(AttestationError) -> UnverifiedEvidence {
        let report = try SnpReport(parts.required("report"))
        let endorsements = try SnpEndorsements(parts: parts, signedBy: report.signingKey ?? .vcek)
        return UnverifiedEvidence(try SnpEvidence(report: report, endorsements))
    }

    private static func developerProcess(_ parts: EvidenceParts) throws(AttestationError) -> UnverifiedEvidence {
        UnverifiedEvidence(
            insecureProcess: try InsecureProcessEvidence(
                statement: parts.required("statement"),
                signature: parts.required("signature"),
                publicKey: parts.required("public_key")
            )
        )
    }

    private static func nitro(_ parts: EvidenceParts) throws(AttestationError) -> UnverifiedEvidence {
        try nitro(parts, .nitro)
    }

    private static func nitroTpm(_ parts: EvidenceParts) throws(AttestationError) -> UnverifiedEvidence {
        try nitro(parts, .nitroTpm)
    }

    /// The document must be of the kind that the bundle states, because a policy's rules depend on it.
    private static func nitro(
        _ parts: EvidenceParts,
        _ kind: EvidenceKind
    ) throws(AttestationError) -> UnverifiedEvidence {
        let evidence = try nitro(document: parts.required("document"))
        guard evidence.kind == kind else {
            throw AttestationError(
                EvidenceCheck.kindMismatch,
                subject: "document",
                fields: [kind == .nitro ? NitroDocument.instanceRegisters : "pcrs"],
                expected: kind.rawValue,
                found: evidence.kind.rawValue
            )
        }
        return evidence
    }

    private static func azure(_ parts: EvidenceParts) throws(AttestationError) -> UnverifiedEvidence {
        let layer = try parts.required("hcl_report")
        return try azure(
            AzureParts(
                hclReport: layer,
                quote: parts.required("attest"),
                signature: parts.required("signature_raw"),
                registers: TpmRegisters(json: parts.required("pcrs")),
                endorsements: snpEndorsements(parts, for: AzureHclReport(layer)),
                domainQuote: parts.optional("td_quote"),
                collateral: parts.optional("collateral")
            )
        )
    }

    /// The processor's certificates for an HCL report; nil where the report is one of TDX, and where there are none.
    private static func snpEndorsements(
        _ parts: EvidenceParts,
        for report: AzureHclReport
    ) throws(AttestationError) -> SnpEndorsements? {
        guard report.hardware == .snp, ["vcek", "vlek", "auxblob"].contains(where: parts.has) else { return nil }
        let signer = try SnpReport(report.hardwareReport).signingKey ?? .vcek
        return try SnpEndorsements(parts: parts, signedBy: signer)
    }
}
