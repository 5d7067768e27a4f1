public import FoundationEssentials

/// Verifies evidence: the second of three steps, between parsing and appraisal by a policy.
///
/// ``UnverifiedEvidence`` is its input and ``VerifiedEvidence`` its result; an ``AppraisalPolicy`` appraises that.
public struct Verifier: Sendable {
    /// The result of verification.
    public enum Outcome: Sendable {
        /// All signatures, chains, revocation lists and dates are valid; a policy still has to appraise the claims.
        case verified(VerifiedEvidence)
        /// The evidence is refused for all of these reasons.
        case refused([Finding])
    }

    private let anchors: [TrustAnchor]

    /// Creates a verifier that trusts the vendors' roots.
    public init() {
        anchors = TrustAnchor.vendors
    }

    /// Creates a verifier that also trusts a developer's own roots.
    ///
    /// Evidence under such a root is of a developer's kind, and a policy refuses it unless it names that root.
    ///
    /// - Parameter roots: The developer's roots.
    public init(alsoTrustingDeveloperRoots roots: [TrustAnchor]) {
        anchors = TrustAnchor.vendors + roots
    }

    /// Creates a verifier for tests, which cannot sign with a vendor's key.
    package init(testOnlyRoots anchors: [TrustAnchor]) {
        self.anchors = anchors
    }

    /// Verifies signatures, chains, revocation and dates.
    ///
    /// - Parameters:
    ///   - evidence: The parsed evidence.
    ///   - now: The time at which everything must be valid.
    /// - Returns: The verified evidence, or all reasons to refuse it.
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

/// Evidence that a known vendor's hardware signed, with nothing revoked or expired at a given time.
///
/// A policy decides whether it is sufficient. Only a ``Verifier`` creates one.
public struct VerifiedEvidence: Sendable {
    /// The kind of the evidence.
    public let kind: EvidenceKind
    /// The signed claims, and what the endorsements say about them.
    public let claims: Claims
    /// The time at which it was verified.
    public let verifiedAt: Date

    fileprivate init(kind: EvidenceKind, claims: Claims, verifiedAt: Date) {
        self.kind = kind
        self.claims = claims
        self.verifiedAt = verifiedAt
    }
}
