/// What lacks where a vendor was not asked, so that evidence is authentic but nobody knows if it still holds.
public enum EndorsementCheck: String, Check {
    case statusNotAppraised = "endorsement.status-not-appraised"
    case revocationNotChecked = "endorsement.revocation-not-checked"

    /// Evidence without its vendor's word may be overlooked.
    public var isReservation: Bool { true }

    /// What the check asks, who must act where it fails, and what to do.
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
