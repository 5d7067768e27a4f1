import Diagnostics
import FoundationEssentials
import StrictJSON

/// Verifies Intel's collateral for a quote and determines the TCB status.
///
/// It checks that the documents are signed by Intel, valid now and about this platform; ``TCBLevelMatcher`` then finds
/// the level.
struct CollateralVerifier {
    /// The kind of the evidence.
    let kind: EvidenceKind
    /// Whether the quote is a TDX quote.
    let isTrustDomain: Bool
    /// The collateral.
    let collateral: DcapCollateral
    /// The PCK certificate chain, already verified.
    let platformChain: CertificateChain
    /// The root's revocation list; nil where it is malformed.
    let rootList: CertificateChain.List?

    private static let signerName = "Intel SGX TCB Signing"

    /// Verifies signatures, dates and subjects of the documents, then determines the TCB level.
    ///
    /// - Parameters:
    ///   - quote: The quote.
    ///   - platform: The platform's identity from its PCK certificate.
    ///   - claims: Receives the advisories and the documents' ages.
    ///   - work: Receives the findings.
    /// - Returns: The worst status of the platform, its TDX module and its quoting enclave.
    func appraise(
        _ quote: DcapQuote,
        _ platform: PlatformIdentity,
        _ claims: inout Claims,
        _ work: inout VerificationContext
    ) -> TCBStatus {
        checkPlatformListChain(&work)
        let signer = signerKey(collateral.tcbInfoChain, "TCB info", &claims, &work)
        let isSameSigner = collateral.quotingEnclaveIdentityChain == collateral.tcbInfoChain
        let identitySigner =
            isSameSigner ? signer : signerKey(collateral.quotingEnclaveIdentityChain, "QE identity", &claims, &work)
        let info = document(collateral.tcbInfo, "TCB info", signer, &work, TCBInfo.init)
        let identity = document(
            collateral.quotingEnclaveIdentity,
            "QE identity",
            identitySigner,
            &work,
            QuotingEnclaveIdentity.init
        )
        guard let info, let identity else { return .notAppraised }
        checkDates(info.issued, info.nextUpdate, "TCB info", &claims, &work)
        checkDates(identity.issued, identity.nextUpdate, "QE identity", &claims, &work)
        claims.details["tcb-evaluation-data-number"] = "\(info.evaluationNumber)"
        guard isAbout(platform, info, identity, &work) else { return .notAppraised }
        var levels = TCBLevelMatcher(quote: quote, platform: platform, info: info, identity: identity)
        let status = levels.appraise(&work)
        claims.advisories = levels.advisories.sorted()
        return status
    }

    /// Verifies the revocation list's own chain; where it is the quote's, that is already verified.
    private func checkPlatformListChain(_ work: inout VerificationContext) {
        do throws(AttestationError) {
            let blocks = try PemText.blocks(collateral.platformListChain, subject: "PCK revocation list chain")
            guard blocks != platformChain.links.dropFirst().map(\.certificate.der) else { return }
            let chain = try CertificateChain(
                leafFirst: blocks,
                roles: ["PCK revocation list authority", "SGX root"]
            )
            _ = chain.verify(lists: rootList.map { [$0] } ?? [], kind: kind, &work)
        } catch {
            work.refuse(error)
        }
    }

    /// The key of a document's signer; nil where the chain does not end in Intel's root or the certificate has another
    /// purpose.
    private func signerKey(
        _ pem: [UInt8],
        _ document: String,
        _ claims: inout Claims,
        _ work: inout VerificationContext
    ) -> PublicKey? {
        do throws(AttestationError) {
            let blocks = try PemText.blocks(pem, subject: "\(document) chain")
            let chain = try CertificateChain(leafFirst: blocks, roles: ["\(document) signer", "SGX root"])
            let lists = rootList.map { [$0] } ?? []
            let root = chain.verify(lists: lists, kind: kind, &work)
            claims.endorsements += chain.ages().prefix(1)
            guard let leaf = chain.links.first?.certificate, root != nil else { return nil }
            guard leaf.commonName == Self.signerName, chain.links.count > 1 else {
                work.refuse(
                    DcapCheck.collateralSignerWrong,
                    subject: document,
                    fields: ["issuer chain"],
                    expected: Self.signerName,
                    found: leaf.commonName
                )
                return nil
            }
            return try PublicKey(subjectPublicKeyInfo: leaf.subjectPublicKeyInfo, subject: "\(document) signer")
        } catch {
            work.refuse(error)
            return nil
        }
    }

    /// Decodes a document after the signature over its exact bytes is verified.
    private func document<Document>(
        _ signed: SignedCollateral,
        _ name: String,
        _ signer: PublicKey?,
        _ work: inout VerificationContext,
        _ read: (JSONNode) throws(JSONError) -> Document
    ) -> Document? {
        guard let signer else { return nil }
        guard signer.signed(signed.body, rawSignature: signed.signature, hash: .sha256) else {
            work.refuse(DcapCheck.collateralSignatureInvalid, subject: name, fields: ["body", "signature"])
            return nil
        }
        do throws(JSONError) {
            return try read(try JSONText(signed.body).root)
        } catch {
            work.refuse(
                DcapCheck.collateralMalformed,
                subject: name,
                fields: ["body"],
                expected: "\(error.place): \(error.expected)"
            )
            return nil
        }
    }

    private func checkDates(
        _ issued: Date,
        _ nextUpdate: Date,
        _ name: String,
        _ claims: inout Claims,
        _ work: inout VerificationContext
    ) {
        claims.endorsements.append(Endorsement(name: name, kind: .collateral, issued: issued, expires: nextUpdate))
        if issued > work.now {
            work.refuse(
                DcapCheck.collateralNotYetValid,
                subject: name,
                fields: ["issueDate"],
                expected: "at most \(work.now.plain)",
                found: issued.plain
            )
        }
        if nextUpdate < work.now {
            work.refuse(
                DcapCheck.collateralExpired,
                subject: name,
                fields: ["nextUpdate"],
                expected: "at least \(work.now.plain)",
                found: nextUpdate.plain
            )
        }
    }

    /// Whether the documents are about this technology and this platform.
    private func isAbout(
        _ platform: PlatformIdentity,
        _ info: TCBInfo,
        _ identity: QuotingEnclaveIdentity,
        _ work: inout VerificationContext
    ) -> Bool {
        let (technology, enclave) = isTrustDomain ? ("TDX", "TD_QE") : ("SGX", "QE")
        let versions = isTrustDomain ? 3...3 : 2...3
        let facts: [(document: String, field: String, expected: String, found: String)] = [
            ("TCB info", "id", technology, info.technology),
            ("TCB info", "fmspc", Hexadecimal.text(platform.family), Hexadecimal.text(info.platform)),
            (
                "TCB info", "pceId", Hexadecimal.text(platform.provisioningIdentity),
                Hexadecimal.text(info.provisioningIdentity)
            ),
            ("QE identity", "id", enclave, identity.technology),
            ("QE identity", "version", "2", "\(identity.version)"),
        ]
        var holds = true
        for fact in facts where fact.expected != fact.found {
            holds = false
            work.refuse(
                DcapCheck.collateralOfAnother,
                subject: fact.document,
                fields: [fact.field],
                expected: fact.expected,
                found: fact.found
            )
        }
        if !versions.contains(info.version) {
            holds = false
            work.refuse(
                DcapCheck.collateralOfAnother,
                subject: "TCB info",
                fields: ["version"],
                expected: "\(versions.upperBound)",
                found: "\(info.version)"
            )
        }
        return holds
    }
}
