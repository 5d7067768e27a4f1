/// The checks of a measured-boot event log.
public enum EventLogCheck: String, Check {
    case malformed = "eventlog.malformed"
    case eventless = "eventlog.without-events"
    case bankMissing = "eventlog.bank-missing"
    case replayMismatch = "eventlog.replay-mismatch"

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .malformed:
            Explanation(
                "An event log must be whole: in one of the TCG's two forms, or dstack's JSON for a trust domain.",
                .sender,
                "Send binary_bios_measurements or dstack's JSON as `event_log`, /sys/firmware/acpi/tables/data/CCEL as `ccel`."
            )
        case .eventless:
            Explanation(
                "An event log must have events: a header alone says nothing of any register.",
                .sender,
                "Read the log again after the boot is over; or leave it out, and have the policy judge registers by value."
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
                "Send the log of this very boot; or leave the log out, and have the policy judge the registers by value."
            )
        }
    }
}
