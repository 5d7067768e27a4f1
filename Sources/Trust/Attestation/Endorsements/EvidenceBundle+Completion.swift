extension EvidenceBundle {
    /// Adds missing endorsements: the documents that AMD or Intel publishes about this machine.
    ///
    /// Existing parts are kept. Added parts are trusted no more than received ones: the verifier checks every signature
    /// and date.
    ///
    /// - Parameter source: A cache in front of the vendors' services.
    /// - Returns: The completed bundle; unchanged for a kind whose vendor publishes nothing.
    /// - Throws: Parsing errors, `evidence.part-missing` for a required document that the source lacks, and the
    ///   source's errors.
    public func completed(from source: some EndorsementSource) async throws -> EvidenceBundle {
        var parts = parts
        switch kind {
        case .snp:
            guard let report = parts["report"] else { return self }
            try await Self.complete(&parts, SnpReport(report), from: source)
        case .tdx, .sgx:
            guard let quote = parts["quote"] else { return self }
            try await Self.complete(&parts, quote: quote, from: source)
        case .azureVtpm:
            guard let layer = parts["hcl_report"] else { return self }
            let report = try AzureHclReport(layer)
            switch report.hardware {
            case .snp: try await Self.complete(&parts, SnpReport(report.hardwareReport), from: source)
            case .tdx:
                guard let quote = parts["td_quote"] else { return self }
                try await Self.complete(&parts, quote: quote, from: source)
            }
        case .tpm, .nitro, .developerVtpm, .developerProcess: return self
        }
        return EvidenceBundle(kind: kind, parts: parts)
    }

    private static func complete(
        _ parts: inout [String: [UInt8]],
        quote: [UInt8],
        from source: some EndorsementSource
    ) async throws {
        guard parts["collateral"] == nil, quote.count <= DcapEvidence.maximumByteCount else { return }
        let collateral = try await DcapCollateral.published(for: DcapQuote(parsing: quote), from: source)
        guard let json = collateral.json else {
            throw AttestationError(EvidenceCheck.partMissing, subject: "collateral", fields: ["collateral"])
        }
        parts["collateral"] = json
    }

    private static func complete(
        _ parts: inout [String: [UInt8]],
        _ report: SnpReport,
        from source: some EndorsementSource
    ) async throws {
        if let table = parts.removeValue(forKey: "auxblob") {
            let endorsements = try SnpEndorsements(table: table)
            parts[report.signingKey == .vlek ? "vlek" : "vcek"] = endorsements.signingKey
            parts["ask"] = endorsements.intermediate
            parts["ark"] = endorsements.root
            if parts["crl"] == nil { parts["crl"] = endorsements.revocationList }
        }
        var product = report.product
        if product == nil, let key = parts["vcek"] ?? parts["vlek"] {
            product = try SnpCertificate(Certificate(der: key, role: "VCEK"), role: "VCEK").product
        }
        guard let product else {
            throw AttestationError(SnpCheck.productUnknown, subject: "report", fields: ["CPUID"])
        }
        if parts["vcek"] == nil, parts["vlek"] == nil {
            // Only the cloud provider has a VLEK's certificate, so the evidence must include it.
            guard let request = report.signingKeyRequest(product), let key = try await source.document(for: request)
            else {
                let name = report.signingKey == .vlek ? "vlek" : "vcek"
                throw AttestationError(EvidenceCheck.partMissing, subject: name.uppercased(), fields: [name])
            }
            parts["vcek"] = key
        }
        if parts["ask"] == nil, parts["asvk"] == nil {
            let pem = try await source.document(for: report.chainRequest(product)) ?? []
            let chain = try PemText.blocks(pem, subject: "AMD's chain")
            guard chain.count == 2 else {
                throw AttestationError(EvidenceCheck.partMissing, subject: "ASK and ARK", fields: ["ask", "ark"])
            }
            parts[report.signingKey == .vlek ? "asvk" : "ask"] = chain[0]
            if parts["ark"] == nil { parts["ark"] = chain[1] }
        }
        if parts["crl"] == nil { parts["crl"] = try await source.document(for: report.revocationListRequest(product)) }
    }
}
