/// The checks of a conformance index and its files.
public enum ConformanceCheck: String, Check {
    case indexUnreadable = "conformance.index-unreadable"
    case indexInvalid = "conformance.index-invalid"
    case fileUnreadable = "conformance.file-unreadable"
    case policyUnknown = "conformance.policy-unknown"
    case valueDiffers = "conformance.value-differs"
    case measurementRefused = "conformance.measurement-refused"

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .indexUnreadable:
            Explanation("The index must be readable.", .relyingParty, "Give the path of an index file.")
        case .indexInvalid:
            Explanation(
                "The index must be an array of entries in JSON.",
                .relyingParty,
                "Compare the index with Docs/formats/conformance-index.md, and correct the named key."
            )
        case .fileUnreadable:
            Explanation(
                "A file of an entry must lie below the index's folder and be readable.",
                .relyingParty,
                "Put the file where the entry names it."
            )
        case .policyUnknown:
            Explanation(
                "The words of an entry's policy must be known.",
                .relyingParty,
                "Use the words that Docs/formats/conformance-index.md lists, or leave the policy out."
            )
        case .measurementRefused:
            Explanation(
                "What an entry describes must be something that can be measured.",
                .relyingParty,
                "Correct the entry's files: the finding names what in them cannot be measured."
            )
        case .valueDiffers:
            Explanation(
                "A value that is computed must be the one that the entry states.",
                .relyingParty,
                "Compare the two values: either the entry or this program is wrong."
            )
        }
    }
}
