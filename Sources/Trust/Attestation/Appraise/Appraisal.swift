public import FoundationEssentials

/// The third step's answer.
public enum Appraisal: Sendable {
    /// The evidence is what the policy wants.
    case accepted(Peer)
    /// Every reason why it is not.
    case refused([Finding])
}

/// A machine whose evidence was verified and is what a policy wants.
///
/// Only a policy makes one.
public struct Peer: Sendable {
    /// The kind of its evidence.
    public let kind: EvidenceKind
    /// What its hardware signed.
    public let claims: Claims
    /// What it is bound to.
    public let binding: Binding
    /// What was overlooked because the policy names it, and until when.
    public let concessions: [PolicyWaiver]
    /// When it was appraised.
    public let appraisedAt: Date

    /// Something that a policy overlooks until a day.
    public struct PolicyWaiver: Sendable, Equatable {
        /// The name of the check, the status or the advisory.
        public let name: String
        /// The last day.
        public let until: PolicyDate
    }

    /// Whether only a developer's root vouches for it, so that its host can look into it.
    public var isDeveloperPlatform: Bool { kind.isDeveloperPlatform }
}

extension AppraisalPolicy {
    /// Judges evidence for a connection.
    ///
    /// - Parameters:
    ///   - evidence: Verified evidence.
    ///   - binding: What it must be bound to.
    ///   - now: The time, for the last days of what the policy accepts.
    /// - Returns: The peer, or every reason to refuse it.
    public func appraise(_ evidence: VerifiedEvidence, binding: Binding, at now: Date) -> Appraisal {
        var judgement = PolicyEvaluation(policy: self, evidence: evidence, now: now)
        judgement.judgePlatform()
        judgement.judge(binding)
        guard judgement.findings.isEmpty else { return .refused(judgement.findings) }
        return .accepted(
            Peer(
                kind: evidence.kind,
                claims: evidence.claims,
                binding: binding,
                concessions: judgement.concessions,
                appraisedAt: now
            )
        )
    }

    /// Judges evidence without a connection: for looking at old evidence and at changes of a policy.
    ///
    /// Says nothing about freshness and keys, and so gives no peer.
    ///
    /// - Parameters:
    ///   - evidence: Verified evidence.
    ///   - package: What the machine would state of its package, by which the rules about packages and models are
    ///     judged; nil leaves those rules out.
    ///   - now: The time, for the last days of what the policy accepts.
    /// - Returns: Every reason to refuse it; none where the policy would accept a peer with it.
    public func rehearse(
        _ evidence: VerifiedEvidence,
        package: Binding.PackageFacts? = nil,
        at now: Date
    ) -> [Finding] {
        var judgement = PolicyEvaluation(policy: self, evidence: evidence, now: now)
        judgement.judgePlatform()
        if let package { judgement.judge(package) }
        return judgement.findings
    }
}
