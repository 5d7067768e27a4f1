/// A policy that checks only the evidence's own reservations, without reference values.
///
/// It serves conformance tests and the inspection of unknown evidence. It never yields a ``Peer``: that requires
/// reference values and so an ``AppraisalPolicy``.
public struct AuthenticityPolicy: Sendable {
    /// The result of an evaluation.
    public enum Outcome: Sendable {
        /// Authentic, with no reservations but the tolerated ones.
        case authentic(TCBStatus)
        /// All reasons why not.
        case refused([Finding])
    }

    /// The tolerated reservations, by the names of their checks, such as `snp.vmpl-1`.
    public let tolerated: Set<String>

    /// Creates a policy.
    ///
    /// - Parameter tolerated: The names of the checks whose reservations are tolerated.
    public init(tolerating tolerated: Set<String> = []) {
        self.tolerated = tolerated
    }

    /// Checks verified evidence.
    ///
    /// - Parameter evidence: Verified evidence.
    /// - Returns: The vendor's TCB status, or all reservations that are not tolerated.
    public func evaluate(_ evidence: VerifiedEvidence) -> Outcome {
        let findings = evidence.claims.allReservations.filter { !tolerated.contains($0.id) }
        guard findings.isEmpty else { return .refused(findings) }
        return .authentic(evidence.claims.status)
    }
}
