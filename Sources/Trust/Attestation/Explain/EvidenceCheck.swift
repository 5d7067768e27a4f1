/// The checks that apply to every kind of evidence, before the kind's own.
public enum EvidenceCheck: String, Check {
    case truncated = "evidence.truncated"
    case trailingBytes = "evidence.trailing-bytes"
    case fieldInvalid = "evidence.field-invalid"
    case tooLarge = "evidence.too-large"
    case partMissing = "evidence.part-missing"
    case partMisnamed = "evidence.part-misnamed"
    case kindUnknown = "evidence.kind-unknown"
    case kindMismatch = "evidence.kind-mismatch"
    case bundleInvalid = "evidence.bundle-invalid"
    case bundleUnreadable = "evidence.bundle-unreadable"

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .truncated:
            Explanation(
                "A field must lie within the evidence.",
                .sender,
                "Send the evidence again, whole: it was cut on its way, or a length in it is false."
            )
        case .trailingBytes:
            Explanation(
                "Nothing may follow the evidence's last field.",
                .sender,
                "Send the evidence alone: what follows it is covered by no signature."
            )
        case .fieldInvalid:
            Explanation(
                "A field must have a value that its specification allows.",
                .sender,
                "Take the evidence anew from the platform; if it is the same, this verifier does not know its version."
            )
        case .tooLarge:
            Explanation(
                "A part of the evidence must not be larger than its specification allows.",
                .sender,
                "Send the evidence as the platform gave it."
            )
        case .partMissing:
            Explanation(
                "What is needed to judge the evidence must come with it, or be in the cache.",
                .sender,
                "Send the missing part along; or fetch it with --fetch, if it is one that AMD or Intel publishes."
            )
        case .partMisnamed:
            Explanation(
                "Each part of the evidence must have the name that its kind gives it.",
                .sender,
                "Rename the part as Docs/formats/conformance-index.md lists it, or pack it with `adyton evidence pack`."
            )
        case .bundleInvalid:
            Explanation(
                "A bundle of evidence must be JSON with known keys alone and parts in base64.",
                .sender,
                "Write the bundle as Docs/formats/evidence-bundle.md describes it."
            )
        case .bundleUnreadable:
            Explanation("A bundle of evidence must be readable.", .relyingParty, "Give the path of a bundle.")
        case .kindMismatch:
            Explanation(
                "The evidence must be of the kind that its bundle states, because a policy's rules depend on it.",
                .sender,
                "State the kind that the finding says was found: `nitrotpm` for an instance, `nitro` for an enclave."
            )
        case .kindUnknown:
            Explanation(
                "The evidence must be of a kind that this verifier knows.",
                .relyingParty,
                "Name the kind of the evidence, or use a verifier that knows it."
            )
        }
    }
}
