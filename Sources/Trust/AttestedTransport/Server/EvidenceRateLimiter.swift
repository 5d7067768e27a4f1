/// A token-bucket rate limiter with a concurrency limit for evidence requests.
///
/// It keeps a flood of challenges from taking the server's processor time. The caller passes the time in.
package struct EvidenceRateLimiter: Sendable {
    /// The limiter's bounds.
    package struct Limits: Sendable {
        /// The sustained rate of requests per second.
        package var answersPerSecond = 20
        /// The bucket's size: how many requests may start at once after an idle period.
        package var burst = 20
        /// The maximum number of requests in progress; the platform processes them one at a time.
        package var maximumUnderWay = 8
        /// The timeout of one request.
        package var timeout: Duration = .seconds(10)

        /// The defaults.
        package init() {}

        /// The bounds for one address: three quarters of each, so that its flood leaves room for others.
        var ofAddress: Limits {
            var limits = self
            limits.answersPerSecond = max(1, answersPerSecond - answersPerSecond / 4)
            limits.burst = max(1, burst - (burst + 3) / 4)
            limits.maximumUnderWay = max(1, maximumUnderWay - (maximumUnderWay + 3) / 4)
            return limits
        }
    }

    /// The decision for one request.
    package enum Decision: Sendable, Equatable {
        /// The request is admitted; the caller calls ``finish()`` when it is done.
        case answer
        /// The request is refused; the client may retry after this many seconds.
        case refuse(retryAfterSeconds: Int)
    }

    private let limits: Limits
    private var underWay = 0
    private var tokens: Double
    private var counted: ContinuousClock.Instant

    /// Creates a limiter with a full bucket.
    ///
    /// - Parameters:
    ///   - limits: The bounds; each number is at least 1.
    ///   - now: The current time.
    package init(_ limits: Limits, now: ContinuousClock.Instant) {
        self.limits = limits
        tokens = Double(limits.burst)
        counted = now
    }

    /// Decides about one request.
    ///
    /// - Parameter now: The current time, not before that of an earlier call.
    /// - Returns: The decision.
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

    /// Whether it would decide as a new limiter does.
    ///
    /// - Parameter now: The current time.
    /// - Returns: Whether nothing is in progress and the bucket is full.
    func isIdle(at now: ContinuousClock.Instant) -> Bool {
        let refill = max(0, (now - counted) / .seconds(1)) * Double(limits.answersPerSecond)
        return underWay == 0 && tokens + refill >= Double(limits.burst)
    }

    /// Marks an admitted request as done.
    package mutating func finish() {
        underWay = max(0, underWay - 1)
    }
}
