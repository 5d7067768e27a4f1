public import FoundationEssentials

/// The challenges that a relying party gave out and nobody has answered: each is good once, and for a short time.
public struct OutstandingChallenges: Sendable {
    /// How many bytes a challenge has.
    public static let challengeSize = 32

    private let lifetimeInSeconds: Double
    private let maximumCount: Int
    private var issued: [[UInt8]: Date] = [:]

    /// Begins without challenges.
    ///
    /// - Parameters:
    ///   - lifetimeInSeconds: How long a challenge is good.
    ///   - maximumCount: How many may be out; a further one takes the place of the oldest, so that nobody can fill the
    ///     memory by asking.
    public init(lifetimeInSeconds: Double = 120, maximumCount: Int = 65_536) {
        self.lifetimeInSeconds = lifetimeInSeconds
        self.maximumCount = max(1, maximumCount)
    }

    /// Gives out a challenge.
    ///
    /// - Parameters:
    ///   - random: ``challengeSize`` fresh random bytes; fewer are a defect of the caller.
    ///   - now: The time.
    /// - Returns: The challenge.
    public mutating func issue(random: [UInt8], at now: Date) -> [UInt8] {
        precondition(random.count == Self.challengeSize, "a challenge has \(Self.challengeSize) bytes")
        if issued.count >= maximumCount {
            issued = issued.filter { now.timeIntervalSince($0.value) <= lifetimeInSeconds }
        }
        if issued.count >= maximumCount, let oldest = issued.min(by: { $0.value < $1.value }) {
            issued[oldest.key] = nil
        }
        issued[random] = now
        return random
    }

    /// Takes a challenge back with its answer.
    ///
    /// - Parameters:
    ///   - challenge: What the answer was made for.
    ///   - now: The time.
    /// - Returns: false where it was never given out, was answered before, or is too old.
    public mutating func redeem(_ challenge: [UInt8], at now: Date) -> Bool {
        guard let since = issued.removeValue(forKey: challenge) else { return false }
        return now.timeIntervalSince(since) <= lifetimeInSeconds
    }
}
