/// Decides which challenges are answered, so that a flood of them cannot take a server's time from its work.
///
/// Time is given from outside.
package struct EvidenceRateLimiter: Sendable {
    /// What is allowed.
    package struct Limits: Sendable {
        /// How many answers a second may begin, over time.
        package var answersPerSecond = 20
        /// How many may begin at once after a time of rest.
        package var burst = 20
        /// How many may be under way; the platform makes them one after the other.
        package var maximumUnderWay = 8
        /// How long one may take.
        package var timeout: Duration = .seconds(10)

        /// The defaults.
        package init() {}
    }

    /// What becomes of a challenge.
    package enum Decision: Sendable, Equatable {
        /// It is answered; ``EvidenceGate/finish()`` must follow.
        case answer
        /// It is not, and the client may ask again after so many seconds.
        case refuse(retryAfterSeconds: Int)
    }

    private let limits: Limits
    private var underWay = 0
    private var tokens: Double
    private var counted: ContinuousClock.Instant

    /// Begins with a full burst.
    ///
    /// - Parameters:
    ///   - limits: What is allowed; each number at least 1.
    ///   - now: The time.
    package init(_ limits: Limits, now: ContinuousClock.Instant) {
        self.limits = limits
        tokens = Double(limits.burst)
        counted = now
    }

    /// Takes a challenge.
    ///
    /// - Parameter now: The time, never before that of an earlier call.
    /// - Returns: Whether it is answered.
    package mutating func admit(at now: ContinuousClock.Instant) -> Decision {
        let rate = Double(limits.answersPerSecond)
        tokens = min(Double(limits.burst), tokens + max(0, (now - counted) / .seconds(1)) * rate)
        counted = now
        guard underWay < limits.maximumUnderWay else { return .refuse(retryAfterSeconds: 1) }
        guard tokens >= 1 else {
            return .refuse(retryAfterSeconds: max(1, Int(((1 - tokens) / rate).rounded(.up))))
        }
        tokens -= 1
        underWay += 1
        return .answer
    }

    /// Notes that an answer is done.
    package mutating func finish() {
        underWay -= 1
    }
}
