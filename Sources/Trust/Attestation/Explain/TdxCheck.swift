/// The checks of a TDX quote, in addition to those of every DCAP quote.
public enum TdxCheck: String, Check {
    case moduleUnknown = "tdx.module-unknown"
    case moduleMismatch = "tdx.module-mismatch"
    case moduleUnsupported = "tdx.module-unsupported"
    case attributesReserved = "tdx.attributes-reserved"
    case debuggable = "tdx.debug"
    case hostGuestProfiling = "tdx.hgs-plus-prof"
    case performanceProfiling = "tdx.perf-prof"
    case telemetryProfiling = "tdx.pmt-prof"
    case icssd = "tdx.icssd"
    case migratable = "tdx.migratable"
    case provisioningAgent = "tdx.tpa"
    case registerUncovered = "tdx.register-uncovered"
    case faultsReachDomain = "tdx.sept-ve-disable"
    case serviceDomainBound = "tdx.service-td"
    case eventLogMismatch = "tdx.event-log-mismatch"

    /// Whether it is about a choice of the domain's owner, so that a policy may waive it.
    public var isReservation: Bool {
        switch self {
        case .debuggable, .faultsReachDomain, .serviceDomainBound, .hostGuestProfiling, .performanceProfiling,
            .telemetryProfiling, .icssd, .migratable, .provisioningAgent, .registerUncovered:
            true
        case .moduleUnknown, .moduleMismatch, .moduleUnsupported, .attributesReserved, .eventLogMismatch: false
        }
    }

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
                "No attribute of a trust domain may be set that Intel's list does not name: the finding gives its bit.",
                .relyingParty,
                "Use a newer verifier, or have the domain launched without the attribute."
            )
        case .hostGuestProfiling, .performanceProfiling, .telemetryProfiling:
            Explanation(
                "The host must not profile a trust domain: HGS_PLUS_PROF, PERF_PROF and PMT_PROF let it watch what runs.",
                .hostOperator,
                "Launch the domain without the attribute; a policy may name this reservation for tests."
            )
        case .icssd:
            Explanation(
                "ICSSD is an attribute of Intel's list that a policy must name, since it changes what the host may see.",
                .relyingParty,
                "Read Intel's TDX module specification, and name this reservation in the policy, or launch without it."
            )
        case .migratable:
            Explanation(
                "A trust domain must not be MIGRATABLE, unless the policy trusts the service that may move it elsewhere.",
                .hostOperator,
                "Launch the domain without MIGRATABLE, or name this reservation in the policy, and the value of mrservicetd."
            )
        case .provisioningAgent:
            Explanation(
                "A trust domain must not be the platform's provisioning agent (TPA), which has duties beside its own.",
                .hostOperator,
                "Launch the domain without TPA, or name this reservation in the policy."
            )
        case .registerUncovered:
            Explanation(
                "A register that the event log does not cover was extended at run time, and is judged by its value alone.",
                .relyingParty,
                "State the register's value in the policy (`rtmr3` among the measurements), or send a log that covers it."
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
                "Read log and quote together, in one boot; or leave the log out, and judge the registers by value."
            )
        }
    }
}
