/// A check with a stable name, on which findings, documents and tests depend.
///
/// Each kind of evidence has one enumeration of its checks. Every case has an explanation, so no finding lacks one.
public protocol Check: RawRepresentable<String>, CaseIterable, Sendable {
    /// What the check requires, who has to act where it fails, and what to do.
    var explanation: Explanation { get }
    /// Whether it reports a reservation: authentic, but weakening trust, so that a policy may waive it.
    var isReservation: Bool { get }
}

extension Check {
    /// Most checks cannot be waived.
    public var isReservation: Bool { false }
}

/// What a check requires, who has to act where it fails, and the remedy.
public struct Explanation: Sendable, Hashable {
    /// The party that has to act when a check fails.
    public enum ResponsibleParty: String, Sendable, Hashable, CaseIterable {
        /// The party that verifies the machine's evidence and maintains the policy.
        case relyingParty = "relying party"
        /// The party that owns and operates the computer that hosts the machine.
        case hostOperator = "host operator"
        /// The party that built and signed the package that the machine runs.
        case publisher = "publisher"
        /// The manufacturer of the processor, or the party that certifies the platform.
        case vendor = "vendor"
        /// The party that sent the evidence: the machine, or a proxy in front of it.
        case sender = "sender"
    }

    /// The requirement, in one sentence.
    public let meaning: String
    /// The party that has to act when it is not met.
    public let whoMustAct: ResponsibleParty
    /// The remedy, in one sentence.
    public let remedy: String

    package init(_ meaning: String, _ whoMustAct: ResponsibleParty, _ remedy: String) {
        self.meaning = meaning
        self.whoMustAct = whoMustAct
        self.remedy = remedy
    }
}
