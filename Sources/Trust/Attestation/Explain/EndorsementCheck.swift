/// The checks for missing vendor endorsements: the evidence is authentic, but its TCB status or revocation is unknown.
public enum EndorsementCheck: String, Check {
    case statusNotAppraised = "endorsement.status-not-appraised"
    case revocationNotChecked = "endorsement.revocation-not-checked"

    /// A policy may waive missing endorsements.
    public var isReservation: Bool { true }

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .statusNotAppraised:
            Explanation(
                "The vendor's word on the platform's security version must be at hand.",
                .relyingParty,
                "Send the vendor's collateral along with the evidence, or fetch it into the cache."
            )
        case .revocationNotChecked:
            Explanation(
                "The vendor's revocation list must be at hand.",
                .relyingParty,
                "Send the revocation list along with the evidence, or fetch it into the cache."
            )
        }
    }
}
