/// The checks of a developer's sandbox statement.
public enum ProcessCheck: String, Check {
    case statementInvalid = "process.statement-invalid"
    case keyUnknown = "process.key-unknown"
    case signatureInvalid = "process.signature-invalid"

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .statementInvalid:
            Explanation(
                "A developer's statement must be JSON of a known version, with 64 bytes of report data and a time.",
                .sender,
                "Start the development server anew, and ask it again."
            )
        case .keyUnknown:
            Explanation(
                "A developer's statement must be signed by a root that the verifier was given.",
                .relyingParty,
                "Do not rely on it for anything secret; for tests give the verifier the developer's root."
            )
        case .signatureInvalid:
            Explanation(
                "A developer's statement must be signed by the key beside it.",
                .sender,
                "Start the development server anew, and ask it again."
            )
        }
    }
}
