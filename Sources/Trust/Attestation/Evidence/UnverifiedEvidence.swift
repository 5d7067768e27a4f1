/// Parsed evidence that is not verified yet and must not be trusted.
///
/// Only a ``Verifier`` creates ``VerifiedEvidence`` from it. Each kind has its own initializer.
public struct UnverifiedEvidence: Sendable {
    package let format: any EvidenceFormat

    package init(_ format: any EvidenceFormat) {
        self.format = format
    }

    /// The kind of the evidence, according to its content.
    public var kind: EvidenceKind { format.kind }
}

/// The implementation of one kind of evidence.
package protocol EvidenceFormat: Sendable {
    /// The kind's name in policies.
    var kind: EvidenceKind { get }

    /// Verifies signatures, certificate chains, revocation and dates; it applies no policy.
    ///
    /// - Parameter work: Receives all findings, not only the first; has the current time and the trust anchors.
    /// - Returns: The claims, valid only if `work` has no findings; nil where there are none.
    func verify(_ work: inout VerificationContext) -> Claims?
}
