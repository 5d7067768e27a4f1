public import FoundationEssentials

/// The second step: from what anyone may have written to what a known vendor's hardware signed.
public struct Verifier: Sendable {
    /// What verification answers.
    public enum Outcome: Sendable {
        /// Every signature, chain, revocation list and date is right; a policy must still judge what was signed.
        case verified(VerifiedEvidence)
        /// The evidence must not be relied on, for all of these reasons.
        case refused([Finding])
    }

    private let anchors: [TrustAnchor]

    /// Makes a verifier that trusts the vendors' roots.
    public init() {
        anchors = TrustAnchor.vendors
    }

    /// Makes a verifier that trusts a developer's own roots too.
    ///
    /// Evidence under such a root is of a developer's kind, and a policy refuses it unless it names that very root.
    ///
    /// - Parameter roots: The developer's roots.
    public init(alsoTrustingDeveloperRoots roots: [TrustAnchor]) {
        anchors = TrustAnchor.vendors + roots
    }

    /// For tests, which cannot sign with a vendor's key.
    package init(testOnlyRoots anchors: [TrustAnchor]) {
        self.anchors = anchors
    }

    /// Verifies signatures, chains, revocation and dates.
    ///
    /// - Parameters:
    ///   - evidence: What was parsed.
    ///   - now: The time at which everything must be valid.
    /// - Returns: The verified evidence, or every reason to refuse it.
    public func verify(_ evidence: UnverifiedEvidence, at now: Date) -> Outcome {
        var work = VerificationContext(now: now, anchors: anchors)
        let claims = evidence.format.verify(&work)
        guard work.findings.isEmpty else { return .refused(work.findings) }
        guard let claims else {
            return .refused([Finding(EvidenceCheck.partMissing, subject: evidence.kind.rawValue)])
        }
        return .verified(VerifiedEvidence(kind: evidence.kind, claims: claims, verifiedAt: now))
    }
}

/// Evidence that a known vendor's hardware signed, for which nothing was revoked or out of date at a given time.
///
/// Whether it is good enough is a policy's answer. Only a ``Verifier`` makes one.
public struct VerifiedEvidence: Sendable {
    /// The kind of the evidence.
    public let kind: EvidenceKind
    /// What was signed, and what its endorsements say of it.
    public let claims: Claims
    /// The time at which it was verified.
    public let verifiedAt: Date

    fileprivate init(kind: EvidenceKind, claims: Claims, verifiedAt: Date) {
        self.kind = kind
        self.claims = claims
        self.verifiedAt = verifiedAt
    }
}
