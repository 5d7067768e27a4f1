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
        case .tpm, .nitro, .nitroTpm, .developerVtpm, .developerProcess: return self
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
        let signer = report.signingKey ?? .vcek
        let (key, issuer) = (signer.name.lowercased(), signer.intermediateName.lowercased())
        if let bytes = parts.removeValue(forKey: "auxblob") {
            let table = try SnpCertificateTable(bytes)
            let found = [
                key: table.certificate(of: signer), issuer: table.intermediate, "ark": table.root,
                "crl": table.revocationList,
            ]
            for (name, part) in found where parts[name] == nil { parts[name] = part }
        }
        var product = report.product
        if product == nil, let certificate = try EvidenceParts(parts).certificate(key) {
            let role = signer.name
            product = try SnpCertificate(Certificate(der: certificate, role: role), role: role).product
        }
        guard let product else {
            throw AttestationError(SnpCheck.productUnknown, subject: "report", fields: ["CPUID"])
        }
        if parts[key] == nil {
            // Only the cloud provider has a VLEK's certificate, so the evidence must include it.
            guard let request = report.signingKeyRequest(product), let found = try await source.document(for: request)
            else { throw EvidenceParts(parts).missing(key) }
            parts[key] = found
        }
        if parts["ask"] == nil, parts["asvk"] == nil {
            let pem = try await source.document(for: report.chainRequest(product)) ?? []
            let chain = try PemText.blocks(pem, subject: "AMD's chain")
            guard chain.count == 2 else {
                throw AttestationError(
                    EvidenceCheck.partMissing,
                    subject: "\(signer.intermediateName) and ARK",
                    fields: [issuer, "ark"],
                    expected: "two certificates at \(report.chainRequest(product).url), or in the cache",
                    found: "\(chain.count)"
                )
            }
            parts[issuer] = chain[0]
            if parts["ark"] == nil { parts["ark"] = chain[1] }
        }
        if parts["crl"] == nil { parts["crl"] = try await source.document(for: report.revocationListRequest(product)) }
    }
}
