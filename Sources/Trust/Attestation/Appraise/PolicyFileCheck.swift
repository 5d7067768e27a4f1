/// The checks of a policy file.
public enum PolicyFileCheck: String, Check {
    case unreadable = "policy-file.unreadable"
    case invalid = "policy-file.invalid"
    case valueInvalid = "policy-file.value-invalid"
    case versionUnknown = "policy-file.version-unknown"

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .unreadable:
            Explanation("The policy's file must be readable.", .relyingParty, "Give the path of a policy.")
        case .invalid:
            Explanation(
                "A policy must be JSON with known keys alone.",
                .relyingParty,
                "Correct the named key: Docs/formats/policy.md and the schema list all of them."
            )
        case .valueInvalid:
            Explanation(
                "Every value of a policy must be of its form.",
                .relyingParty,
                "Correct the named value: Docs/formats/policy.md says what each may be."
            )
        case .versionUnknown:
            Explanation(
                "A policy must be of a version that this program knows.",
                .relyingParty,
                "Use a newer program, or write the policy in version 2."
            )
        }
    }
}
