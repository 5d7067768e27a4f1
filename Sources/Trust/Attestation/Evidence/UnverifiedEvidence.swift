/// Evidence that was parsed and nothing more: anyone may have written it.
///
/// Only a ``Verifier`` makes ``VerifiedEvidence`` of it. Each kind's file has its own initialiser.
public struct UnverifiedEvidence: Sendable {
    package let format: any EvidenceFormat

    package init(_ format: any EvidenceFormat) {
        self.format = format
    }

    /// The kind of the evidence, as its bytes say.
    public var kind: EvidenceKind { format.kind }
}

/// One kind of evidence, parsed: what a kind implements.
package protocol EvidenceFormat: Sendable {
    /// The kind that a policy knows it by.
    var kind: EvidenceKind { get }

    /// Looks at signatures, chains, revocation and dates, and at nothing that a policy decides.
    ///
    /// - Parameter work: Takes every finding, not only the first; gives the clock and the roots.
    /// - Returns: What the evidence says; it counts only where `work` has no finding. nil where there is nothing to say.
    func verify(_ work: inout VerificationContext) -> Claims?
}
