/// Judges only what evidence says about itself: nothing of what runs in the machine is compared with anything.
///
/// A conformance kit and a look at unknown evidence need it. It gives no peer to talk to: that takes reference values,
/// and so another policy.
public struct AuthenticityPolicy: Sendable {
    /// What the judgement is.
    public enum Judgement: Sendable {
        /// Nothing had to be overlooked but what the policy names.
        case authentic(TCBStatus)
        /// Every reason why not.
        case refused([Finding])
    }

    /// The reservations that are overlooked, by the names of their checks, such as `snp.vmpl-1`.
    public let tolerated: Set<String>

    /// Makes a policy.
    ///
    /// - Parameter tolerated: The names of the checks whose reservations are overlooked.
    public init(tolerating tolerated: Set<String> = []) {
        self.tolerated = tolerated
    }

    /// Judges evidence.
    ///
    /// - Parameter evidence: Verified evidence.
    /// - Returns: Its vendor's status, or every reservation that is not tolerated.
    public func judge(_ evidence: VerifiedEvidence) -> Judgement {
        let findings = evidence.claims.allReservations.filter { !tolerated.contains($0.id) }
        guard findings.isEmpty else { return .refused(findings) }
        return .authentic(evidence.claims.status)
    }
}
