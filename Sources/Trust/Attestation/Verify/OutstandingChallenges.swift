public import FoundationEssentials

/// The issued challenges of a relying party: each is valid once, and for a limited time.
///
/// Not thread-safe by itself.
public struct OutstandingChallenges: Sendable {
    /// The size of a challenge, in bytes.
    public static let challengeSize = 32

    private let lifetimeInSeconds: Double
    private let maximumCount: Int
    private var issued: [[UInt8]: Date] = [:]

    /// Creates an empty set.
    ///
    /// - Parameters:
    ///   - lifetimeInSeconds: How long a challenge is valid.
    ///   - maximumCount: The maximum number of outstanding challenges; a further one evicts the oldest, so requests
    ///     cannot exhaust memory.
    public init(lifetimeInSeconds: Double = 120, maximumCount: Int = 65_536) {
        self.lifetimeInSeconds = lifetimeInSeconds
        self.maximumCount = max(1, maximumCount)
    }

    /// Issues a challenge.
    ///
    /// - Parameters:
    ///   - random: ``challengeSize`` fresh random bytes; another number is a programming error and traps.
    ///   - now: The current time.
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

    /// Redeems a challenge when its answer arrives.
    ///
    /// - Parameters:
    ///   - challenge: The challenge of the answer.
    ///   - now: The current time.
    /// - Returns: false where it was never issued, was already redeemed, or has expired.
    public mutating func redeem(_ challenge: [UInt8], at now: Date) -> Bool {
        guard let since = issued.removeValue(forKey: challenge) else { return false }
        return now.timeIntervalSince(since) <= lifetimeInSeconds
    }
}
