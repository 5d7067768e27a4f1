/// One thing that is looked at in evidence, under the name that findings, documents and tests key on.
///
/// A kind of evidence has one enumeration of its checks. As every case must give its explanation, no refusal lacks one.
public protocol Check: RawRepresentable<String>, CaseIterable, Sendable {
    /// What the check asks, who must act where it fails, and what to do.
    var explanation: Explanation { get }
    /// Whether it looks at something authentic that weakens trust, which a policy may name to overlook.
    var isReservation: Bool { get }
}

extension Check {
    /// Most checks cannot be overlooked.
    public var isReservation: Bool { false }
}

/// What a check asks, who must act where it fails, and what they do.
public struct Explanation: Sendable, Hashable {
    /// Whose turn it is when a check fails.
    public enum ResponsibleParty: String, Sendable, Hashable, CaseIterable {
        /// Who asked the machine to prove what it is, and keeps the policy.
        case relyingParty = "relying party"
        /// Who owns and runs the computer that the machine runs on.
        case hostOperator = "host operator"
        /// Who made and signed the package that the machine runs.
        case publisher = "publisher"
        /// Who makes the processor, or vouches for the platform.
        case vendor = "vendor"
        /// Who sent the evidence: the machine or the network before it.
        case sender = "sender"
    }

    /// What must hold, in one sentence.
    public let meaning: String
    /// Whose turn it is when it does not.
    public let whoMustAct: ResponsibleParty
    /// What they do, in one sentence.
    public let remedy: String

    package init(_ meaning: String, _ whoMustAct: ResponsibleParty, _ remedy: String) {
        self.meaning = meaning
        self.whoMustAct = whoMustAct
        self.remedy = remedy
    }
}
