/// The checks of a TDX quote, in addition to those of every DCAP quote.
public enum TdxCheck: String, Check {
    case moduleUnknown = "tdx.module-unknown"
    case moduleMismatch = "tdx.module-mismatch"
    case moduleUnsupported = "tdx.module-unsupported"
    case attributesReserved = "tdx.attributes-reserved"
    case debuggable = "tdx.debug"
    case faultsReachDomain = "tdx.sept-ve-disable"
    case serviceDomainBound = "tdx.service-td"
    case eventLogMismatch = "tdx.event-log-mismatch"

    /// Whether it is about a choice of the domain's owner, so that a policy may waive it.
    public var isReservation: Bool { [.debuggable, .faultsReachDomain, .serviceDomainBound].contains(self) }

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .moduleUnknown:
            Explanation(
                "Intel must describe the TDX module's major version.",
                .relyingParty,
                "Fetch fresh collateral; if it does not know the module either, update the machine's TDX module."
            )
        case .moduleMismatch:
            Explanation(
                "The TDX module must have the signer and the attributes that Intel states.",
                .hostOperator,
                "Run Intel's production TDX module on the machine; this one is another or a debug build."
            )
        case .moduleUnsupported:
            Explanation(
                "Intel must state a level for the TDX module's security version.",
                .hostOperator,
                "Update the machine's TDX module: its version is below every level that Intel states."
            )
        case .attributesReserved:
            Explanation(
                "No attribute of a trust domain may be set that has no known meaning.",
                .relyingParty,
                "Use a newer verifier, or have the domain launched without the attribute."
            )
        case .debuggable:
            Explanation(
                "A trust domain must not be launched for debugging: its host reads all of its memory.",
                .hostOperator,
                "Launch the domain without the debug attribute."
            )
        case .faultsReachDomain:
            Explanation(
                "A trust domain must be launched with SEPT_VE_DISABLE, so that its host cannot make its pages fault.",
                .hostOperator,
                "Launch the domain with SEPT_VE_DISABLE, or name this reservation in the policy."
            )
        case .serviceDomainBound:
            Explanation(
                "No service domain may be bound to the trust domain: it could move or change it.",
                .hostOperator,
                "Launch the domain without a service domain, or name this reservation in the policy."
            )
        case .eventLogMismatch:
            Explanation(
                "Replaying the event log must give the runtime measurements of the quote.",
                .sender,
                "Send the event log of this very boot, whole; nothing in it can be believed otherwise."
            )
        }
    }
}
