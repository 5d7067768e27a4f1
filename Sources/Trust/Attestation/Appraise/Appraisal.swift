public import FoundationEssentials

/// The result of appraising verified evidence under a policy.
public enum Appraisal: Sendable {
    /// The evidence satisfies the policy.
    case accepted(Peer)
    /// All reasons why it does not.
    case refused([Finding])
}

/// A machine whose evidence was verified and satisfies a policy.
///
/// Only ``AppraisalPolicy/appraise(_:binding:at:)`` creates one.
public struct Peer: Sendable {
    /// The kind of its evidence.
    public let kind: EvidenceKind
    /// The verified claims of its evidence.
    public let claims: Claims
    /// The connection and package that the evidence is bound to.
    public let binding: Binding
    /// The findings that the policy waived, and until when.
    public let waivers: [PolicyWaiver]
    /// When it was appraised.
    public let appraisedAt: Date

    /// A finding that a policy tolerates until a date.
    public struct PolicyWaiver: Sendable, Equatable {
        /// The name of the check, status or advisory.
        public let name: String
        /// The last day of the waiver.
        public let until: PolicyDate
    }

    /// Whether only a developer's root vouches for it, so that its host can read its memory.
    public var isDeveloperPlatform: Bool { kind.isDeveloperPlatform }
}

extension AppraisalPolicy {
    /// Appraises verified evidence for a connection.
    ///
    /// - Parameters:
    ///   - evidence: Verified evidence.
    ///   - binding: The data that the evidence must be bound to.
    ///   - now: The current time, for the policy's dates.
    /// - Returns: The peer, or all reasons to refuse it.
    public func appraise(_ evidence: VerifiedEvidence, binding: Binding, at now: Date) -> Appraisal {
        var evaluation = PolicyEvaluation(policy: self, evidence: evidence, now: now)
        evaluation.checkPlatform()
        evaluation.check(binding)
        evaluation.checkSoftware(binding.package)
        guard evaluation.findings.isEmpty else { return .refused(evaluation.findings) }
        return .accepted(
            Peer(
                kind: evidence.kind,
                claims: evidence.claims,
                binding: binding,
                waivers: evaluation.waivers,
                appraisedAt: now
            )
        )
    }

    /// Appraises evidence without a connection, to inspect old evidence or to test a policy.
    ///
    /// It checks neither freshness nor keys, so it returns no peer.
    ///
    /// - Parameters:
    ///   - evidence: Verified evidence.
    ///   - package: The package that the machine is assumed to claim, for the rules about packages and models; nil
    ///     skips those rules.
    ///   - now: The current time, for the policy's dates.
    /// - Returns: All reasons to refuse it; empty where the policy would accept a peer with it.
    public func dryRun(
        _ evidence: VerifiedEvidence,
        package: Binding.PackageFacts? = nil,
        at now: Date
    ) -> [Finding] {
        var evaluation = PolicyEvaluation(policy: self, evidence: evidence, now: now)
        evaluation.checkPlatform()
        evaluation.checkSoftware(package)
        return evaluation.findings
    }
}
