/// Limits evidence requests as a whole and by address.
///
/// A flood from one address is refused by that address's own limiter and takes nothing of what is left for the others.
struct EvidenceGate: Sendable {
    /// How many addresses are remembered; more at a time are limited as a whole only.
    private static let maximumAddresses = 4096

    private let limits: EvidenceRateLimiter.Limits
    private var whole: EvidenceRateLimiter
    private var byAddress: [ClientAddress: EvidenceRateLimiter] = [:]

    init(_ limits: EvidenceRateLimiter.Limits, now: ContinuousClock.Instant) {
        self.limits = limits
        whole = EvidenceRateLimiter(limits, now: now)
    }

    /// Decides about one request; nil as address for the server's own.
    mutating func admit(_ address: ClientAddress?, at now: ContinuousClock.Instant) -> EvidenceRateLimiter.Decision {
        guard let address else { return whole.admit(at: now) }
        if byAddress.count >= Self.maximumAddresses { byAddress = byAddress.filter { !$0.value.isIdle(at: now) } }
        guard byAddress[address] != nil || byAddress.count < Self.maximumAddresses else { return whole.admit(at: now) }
        var own = byAddress[address] ?? EvidenceRateLimiter(limits.ofAddress, now: now)
        let decision = own.admit(at: now)
        byAddress[address] = own
        guard case .answer = decision else { return decision }
        let shared = whole.admit(at: now)
        if case .refuse = shared { byAddress[address]?.finish() }
        return shared
    }

    /// Marks an admitted request as done.
    mutating func finish(_ address: ClientAddress?) {
        whole.finish()
        if let address { byAddress[address]?.finish() }
    }
}
