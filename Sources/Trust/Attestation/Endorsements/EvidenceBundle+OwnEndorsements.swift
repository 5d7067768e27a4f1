package import Diagnostics

extension EvidenceBundle {
    /// Puts the client's own endorsements in place of those that the host sent.
    ///
    /// Revocation lists and Intel's documents of the client always win, so that a host cannot choose an old one. A processor's
    /// certificates do not change, and are fetched only where the host sent none. What the client cannot bring stays as it
    /// came.
    ///
    /// - Parameters:
    ///   - cache: The client's cache.
    ///   - deadline: By when to be content with what is at hand.
    /// - Returns: The bundle, or why its evidence cannot be read; and which documents were used.
    package func endorsed(
        by cache: EndorsementCache,
        until deadline: Deadline
    ) async -> (bundle: Result<EvidenceBundle, AttestationError>, use: EndorsementUse) {
        let source = EndorsementRecorder(cache, by: deadline)
        do {
            return (.success(try await endorsed(from: source)), await source.use)
        } catch let error as AttestationError {
            return (.failure(error), await source.use)
        } catch {
            let failure = AttestationError(EvidenceCheck.partMissing, subject: kind.rawValue, found: "\(error)")
            return (.failure(failure), await source.use)
        }
    }

    private func endorsed(from source: some EndorsementSource) async throws -> EvidenceBundle {
        var parts = parts
        switch kind {
        case .snp:
            guard let report = parts["report"] else { return self }
            return try await endorsed(SnpReport(report), from: source)
        case .tdx, .sgx:
            guard let quote = parts["quote"] else { return self }
            parts["collateral"] = try await Self.collateral(quote, parts["collateral"], from: source)
        case .azureVtpm:
            guard let layer = parts["hcl_report"] else { return self }
            let report = try AzureHclReport(layer)
            switch report.hardware {
            case .snp: return try await endorsed(SnpReport(report.hardwareReport), from: source)
            case .tdx:
                guard let quote = parts["td_quote"] else { return self }
                parts["collateral"] = try await Self.collateral(quote, parts["collateral"], from: source)
            }
        default: return self
        }
        return EvidenceBundle(kind: kind, parts: parts)
    }

    /// Completes the certificates, and then puts the client's list in place of any other.
    private func endorsed(_ report: SnpReport, from source: some EndorsementSource) async throws -> EvidenceBundle {
        var parts = try await completed(from: source).parts
        var product = report.product
        if product == nil, let key = parts["vcek"] ?? parts["vlek"] {
            product = try SnpCertificate(Certificate(der: key, role: "VCEK"), role: "VCEK").product
        }
        guard let product, let list = try await source.document(for: report.revocationListRequest(product)) else {
            return EvidenceBundle(kind: kind, parts: parts)
        }
        parts["crl"] = list
        return EvidenceBundle(kind: kind, parts: parts)
    }

    private static func collateral(
        _ quote: [UInt8],
        _ received: [UInt8]?,
        from source: some EndorsementSource
    ) async throws -> [UInt8]? {
        guard quote.count <= DcapEvidence.maximumByteCount else { return received }
        // What the host sent may be no collateral: with a whole set of the client's own it does not matter.
        let sent = try? received.map { try DcapCollateral(parsing: $0) }
        let own = try await DcapCollateral.own(for: DcapQuote(parsing: quote), over: sent, from: source)
        return own?.json ?? received
    }
}

extension DcapCollateral {
    /// Puts a client's own documents in place of received ones.
    ///
    /// - Parameters:
    ///   - quote: The quote.
    ///   - received: What the host sent; nil for nothing.
    ///   - source: The client's cache.
    /// - Returns: The collateral; nil where neither has one of its documents, or nobody says which platform it is about.
    /// - Throws: The source's errors.
    static func own(
        for quote: DcapQuote,
        over received: DcapCollateral?,
        from source: some EndorsementSource
    ) async throws -> DcapCollateral? {
        guard let requests = try? quote.requests(platformChain: received?.platformChain) else { return received }
        let info =
            try await signed(requests.tcbInfo, "tcbInfo", from: source)
            ?? received.map { ($0.tcbInfo, $0.tcbInfoChain) }
        let identity =
            try await signed(requests.quotingEnclaveIdentity, "enclaveIdentity", from: source)
            ?? received.map { ($0.quotingEnclaveIdentity, $0.quotingEnclaveIdentityChain) }
        let platformList =
            try await source.document(for: requests.platformList).flatMap(ChainedDocument.init)
            ?? received.map { ChainedDocument(chain: $0.platformListChain, body: $0.platformList) }
        let rootList = try await source.document(for: requests.rootList) ?? received?.rootList
        guard let info, let identity, let platformList, let rootList else { return nil }
        return DcapCollateral(
            tcbInfo: info,
            quotingEnclaveIdentity: identity,
            platformList: platformList,
            rootList: rootList,
            platformChain: received?.platformChain
        )
    }

    private static func signed(
        _ request: EndorsementRequest,
        _ member: String,
        from source: some EndorsementSource
    ) async throws -> (SignedCollateral, [UInt8])? {
        guard let document = try await source.document(for: request).flatMap(ChainedDocument.init) else { return nil }
        return (try signed(member, document.body), document.chain)
    }

    private init(
        tcbInfo: (document: SignedCollateral, chain: [UInt8]),
        quotingEnclaveIdentity: (document: SignedCollateral, chain: [UInt8]),
        platformList: ChainedDocument,
        rootList: [UInt8],
        platformChain: [UInt8]?
    ) {
        self.tcbInfo = tcbInfo.document
        tcbInfoChain = tcbInfo.chain
        self.quotingEnclaveIdentity = quotingEnclaveIdentity.document
        quotingEnclaveIdentityChain = quotingEnclaveIdentity.chain
        self.rootList = rootList
        self.platformList = platformList.body
        platformListChain = platformList.chain
        self.platformChain = platformChain
    }
}
