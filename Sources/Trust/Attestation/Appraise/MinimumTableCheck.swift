/// The checks of a signed table of minimum versions.
public enum MinimumTableCheck: String, Check {
    case invalid = "table.invalid"
    case keyInvalid = "table.key-invalid"
    case signature = "table.signature"
    case old = "table.old"

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .invalid:
            Explanation(
                "A table of minimum versions must be JSON of its form.",
                .sender,
                "Write the table as Docs/formats/minimum-versions.md describes it, and sign it anew."
            )
        case .keyInvalid:
            Explanation(
                "The key of a table must be an Ed25519 public key in PEM.",
                .relyingParty,
                "Give the public key of the person who signs the table."
            )
        case .signature:
            Explanation(
                "A table must be signed by the key that the user names.",
                .sender,
                "Do not use the table: it was changed, or somebody else signed it."
            )
        case .old:
            Explanation(
                "A table must not be older than the built-in one.",
                .relyingParty,
                "Leave the table out, or fetch a newer one."
            )
        }
    }
}
