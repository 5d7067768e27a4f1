/// The checks for vendor endorsements: missing ones, of authentic evidence whose TCB status or revocation is unknown, and
/// documents that a client's cache does not take.
public enum EndorsementCheck: String, Check {
    case statusNotAppraised = "endorsement.status-not-appraised"
    case revocationNotChecked = "endorsement.revocation-not-checked"
    case timedOut = "endorsement.timed-out"
    case documentInvalid = "endorsement.document-invalid"
    case documentOlder = "endorsement.document-older"
    case archiveUnreadable = "endorsement.archive-unreadable"
    case archiveInvalid = "endorsement.archive-invalid"
    case folderUnwritable = "endorsement.folder-unwritable"

    /// A policy may waive missing endorsements, until a day.
    public var isReservation: Bool { self == .statusNotAppraised || self == .revocationNotChecked }

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
        case .timedOut:
            Explanation(
                "The vendor's service must answer in time.",
                .vendor,
                "Try again later, name a mirror by --mirror, or bring the documents by file: `adyton endorsements`."
            )
        case .documentInvalid:
            Explanation(
                "What a cache keeps must be the vendor's document, in the vendor's form.",
                .vendor,
                "Ask the vendor's service itself, or another mirror: this answer was cut off or changed."
            )
        case .documentOlder:
            Explanation(
                "A document must not be older than the one that is kept: it could lack a revocation.",
                .vendor,
                "Ask the vendor's service itself, or another mirror: this one is behind. The newer document stays in use."
            )
        case .archiveUnreadable:
            Explanation(
                "The archive of endorsements must be readable.",
                .relyingParty,
                "Give the path of a file that `adyton endorsements export` wrote."
            )
        case .archiveInvalid:
            Explanation(
                "An archive of endorsements must have its form.",
                .relyingParty,
                "Export it again: `adyton endorsements export`; Docs/formats/endorsement-archive.md describes it."
            )
        case .folderUnwritable:
            Explanation(
                "The folder of the cache must be writable.",
                .relyingParty,
                "Name another folder by --cache, or make this one writable for you."
            )
        }
    }
}
