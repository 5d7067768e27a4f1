import Diagnostics
import FoundationEssentials

/// The requests to Intel's Provisioning Certification Service (version 4) for one platform.
struct DcapRequests: Sendable {
    private static let service = "https://api.trustedservices.intel.com"
    /// The CRL distribution point in the root's own certificate.
    static let rootListAddress = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"
    /// Intel reissues its documents monthly and may revoke any day.
    private static let ageInDays = 1

    let tcbInfo: EndorsementRequest
    let quotingEnclaveIdentity: EndorsementRequest
    let platformList: EndorsementRequest
    let rootList: EndorsementRequest

    /// Creates the four requests.
    ///
    /// - Parameters:
    ///   - family: FMSPC, 6 bytes in hexadecimal.
    ///   - authority: `platform` or `processor`.
    ///   - isTrustDomain: Whether the evidence is of TDX.
    init(family: String, authority: String, isTrustDomain: Bool) {
        let technology = isTrustDomain ? "tdx" : "sgx"
        let base = "\(Self.service)/\(technology)/certification/v4"
        tcbInfo = EndorsementRequest(
            name: "intel-\(technology)-tcb-\(family).json",
            url: "\(base)/tcb?fmspc=\(family)",
            maximumAgeInDays: Self.ageInDays,
            chainHeader: "TCB-Info-Issuer-Chain"
        )
        quotingEnclaveIdentity = EndorsementRequest(
            name: "intel-\(technology)-qe-identity.json",
            url: "\(base)/qe/identity",
            maximumAgeInDays: Self.ageInDays,
            chainHeader: "SGX-Enclave-Identity-Issuer-Chain"
        )
        platformList = EndorsementRequest(
            name: "intel-pck-\(authority).crl",
            url: "\(Self.service)/sgx/certification/v4/pckcrl?ca=\(authority)&encoding=der",
            maximumAgeInDays: Self.ageInDays,
            chainHeader: "SGX-PCK-CRL-Issuer-Chain"
        )
        rootList = EndorsementRequest(
            name: "intel-root.crl",
            url: Self.rootListAddress,
            maximumAgeInDays: Self.ageInDays
        )
    }
}

extension DcapQuote {
    /// The requests for the collateral of the quote's platform.
    ///
    /// - Parameter platformChain: The platform's certificate chain in PEM, for a quote that has none.
    /// - Returns: The requests.
    /// - Throws: `dcap.pck-missing` where there is no certificate of the platform, `dcap.pck-invalid`,
    ///   `certificate.*`.
    func requests(platformChain: [UInt8]? = nil) throws(AttestationError) -> DcapRequests {
        let pem: [UInt8]
        switch certification {
        case .chain(let chain), .leaf(let chain): pem = chain
        case .platform, .manifest: pem = platformChain ?? []
        }
        guard let leaf = try PemText.blocks(pem, subject: "PCK certificate").first else {
            throw AttestationError(
                DcapCheck.platformCertificateMissing,
                subject: "quote",
                fields: ["certification"]
            )
        }
        let certificate = try Certificate(der: leaf, role: "PCK certificate")
        let identity = try PlatformIdentity(certificate)
        return DcapRequests(
            family: Hexadecimal.text(identity.family),
            authority: certificate.issuerCommonName.contains("Processor") ? "processor" : "platform",
            isTrustDomain: isTrustDomain
        )
    }
}

extension DcapCollateral {
    /// Fetches the collateral that Intel publishes for a quote's platform.
    ///
    /// - Parameters:
    ///   - quote: The quote, which is not verified yet; its sender determines which documents are requested and nothing
    ///     else.
    ///   - source: A cache in front of Intel's service.
    /// - Returns: The signed documents with their signers' chains, and the revocation lists.
    /// - Throws: `evidence.part-missing` where the source lacks one, `dcap.*`, `certificate.*`, and the source's
    ///   errors.
    package static func published(
        for quote: DcapQuote,
        from source: some EndorsementSource
    ) async throws -> DcapCollateral {
        let requests = try quote.requests()
        func chained(_ request: EndorsementRequest, _ name: String) async throws -> ChainedDocument {
            guard let document = try await source.document(for: request).flatMap(ChainedDocument.init) else {
                throw AttestationError(EvidenceCheck.partMissing, subject: name, fields: ["collateral"])
            }
            return document
        }
        let tcbInfo = try await chained(requests.tcbInfo, "TCB info")
        let identity = try await chained(requests.quotingEnclaveIdentity, "QE identity")
        let platformList = try await chained(requests.platformList, "PCK revocation list")
        guard let rootList = try await source.document(for: requests.rootList) else {
            throw AttestationError(EvidenceCheck.partMissing, subject: "root revocation list", fields: ["collateral"])
        }
        return try DcapCollateral(
            tcbInfo: tcbInfo.body,
            tcbInfoChain: tcbInfo.chain,
            quotingEnclaveIdentity: identity.body,
            quotingEnclaveIdentityChain: identity.chain,
            rootList: rootList,
            platformList: platformList.body,
            platformListChain: platformList.chain
        )
    }

    /// The collateral in `dcap-qvl`'s JSON, as ``init(parsing:)`` reads it; nil where a document is not UTF-8.
    package var json: [UInt8]? {
        let texts: [(String, [UInt8]?)] = [
            ("tcb_info", tcbInfo.body), ("tcb_info_issuer_chain", tcbInfoChain),
            ("qe_identity", quotingEnclaveIdentity.body), ("qe_identity_issuer_chain", quotingEnclaveIdentityChain),
            ("pck_crl_issuer_chain", platformListChain), ("pck_certificate_chain", platformChain),
        ]
        var members: [String: String] = [
            "tcb_info_signature": Hexadecimal.text(tcbInfo.signature),
            "qe_identity_signature": Hexadecimal.text(quotingEnclaveIdentity.signature),
            "root_ca_crl": Hexadecimal.text(rootList), "pck_crl": Hexadecimal.text(platformList),
        ]
        for (name, bytes) in texts {
            guard let bytes else { continue }
            guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
            members[name] = text
        }
        return JSONDocument.bytes(members).map(Array.init)
    }
}
