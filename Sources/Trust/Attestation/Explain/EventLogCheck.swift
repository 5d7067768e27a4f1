/// The checks of a measured-boot event log.
public enum EventLogCheck: String, Check {
    case malformed = "eventlog.malformed"
    case bankMissing = "eventlog.bank-missing"
    case replayMismatch = "eventlog.replay-mismatch"

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .malformed:
            Explanation(
                "An event log must be one of the TCG's two forms, whole.",
                .sender,
                "Send the log as the firmware left it, such as binary_bios_measurements of the kernel."
            )
        case .bankMissing:
            Explanation(
                "An event log must have a digest of the quoted bank for every event.",
                .sender,
                "Quote a bank that the firmware measures into, such as SHA-256."
            )
        case .replayMismatch:
            Explanation(
                "Replaying the event log must give the registers that were quoted.",
                .sender,
                "Send the log of this very boot; without it the registers must be judged by their values alone."
            )
        }
    }
}
