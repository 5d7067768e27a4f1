extension UnverifiedEvidence {
    /// Parses the parts of one kind of evidence.
    typealias Parser = @Sendable (EvidenceParts) throws(AttestationError) -> UnverifiedEvidence

    /// The parser of each kind.
    private static let parsers: [EvidenceKind: Parser] = [
        .snp: snp, .nitro: nitro, .azureVtpm: azure, .sgx: sgx, .tdx: tdx, .tpm: tpm, .developerVtpm: developerVtpm,
        .developerProcess: developerProcess,
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
        try snp(report: parts.required("report"), endorsements: SnpEndorsements(parts: parts))
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
        try nitro(document: parts.required("document"))
    }

    private static func azure(_ parts: EvidenceParts) throws(AttestationError) -> UnverifiedEvidence {
        try azure(
            AzureParts(
                hclReport: parts.required("hcl_report"),
                quote: parts.required("attest"),
                signature: parts.required("signature_raw"),
                registers: TpmRegisters(json: parts.required("pcrs")),
                endorsements: parts.has("vcek") || parts.has("auxblob") ? SnpEndorsements(parts: parts) : nil,
                domainQuote: parts.optional("td_quote"),
                collateral: parts.optional("collateral")
            )
        )
    }
}

extension SnpEndorsements {
    /// Creates endorsements from parts: the host's certificate table, or single certificates.
    init(parts: EvidenceParts) throws(AttestationError) {
        if let table = try parts.optional("auxblob") {
            try self.init(table: table)
            if revocationList == nil { revocationList = try parts.optional("crl") }
            return
        }
        self.init(
            signingKey: try parts.required(parts.has("vlek") ? "vlek" : "vcek"),
            intermediate: try parts.required(parts.has("asvk") ? "asvk" : "ask"),
            root: try parts.optional("ark"),
            revocationList: try parts.optional("crl")
        )
    }
}
