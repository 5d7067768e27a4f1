package import FoundationEssentials

extension AppraisalPolicy {
    /// Why nobody may connect by this policy now: it tolerates missing revocation or TCB information, and no day holds.
    ///
    /// A client fetches these documents itself, so that a policy that was once written for their absence must not go on
    /// tolerating it unseen. Kinds whose vendor publishes no revocation are left out: there the absence is no choice.
    ///
    /// - Parameter now: The current time.
    /// - Returns: A finding for each such line; empty where a client may connect.
    package func connectionObstacles(at now: Date) -> [Finding] {
        let checks = [EndorsementCheck.statusNotAppraised, .revocationNotChecked].map(\.rawValue)
        return platforms.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap { kind, rule in
            kind.publishesRevocation
                ? checks.compactMap { name -> Finding? in
                    guard let day = rule.tolerated[name], day.isPast(at: now) else { return nil }
                    return Finding(
                        ConnectionCheck.toleranceEnded,
                        subject: "policy",
                        fields: ["platforms.\(kind.rawValue).tolerate.\(name)"],
                        expected: "a day that is not past",
                        found: day.description
                    )
                } : []
        }
    }
}

extension EvidenceKind {
    /// Whether somebody publishes which certificates of this kind are revoked.
    var publishesRevocation: Bool {
        switch self {
        case .nitro, .developerVtpm, .developerProcess: false
        default: true
        }
    }
}
