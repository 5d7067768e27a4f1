import Synchronization

/// Limits how many requests are in progress, and refuses the next one.
final class ConcurrencyLimiter: Sendable {
    /// The most requests that may be in progress.
    let limit: Int
    private let state = Mutex((current: 0, total: 0))

    init(limit: Int) {
        self.limit = limit
    }

    /// How many requests are in progress now.
    var count: Int {
        state.withLock { $0.current }
    }

    /// How many requests were admitted since the start.
    var total: Int {
        state.withLock { $0.total }
    }

    /// Runs work as one of the requests in progress.
    ///
    /// - Parameter work: Starts at once or not at all; there is no queue here.
    /// - Returns: What `work` returns.
    /// - Throws: `server.too-many-requests` without starting `work`, or what `work` throws.
    func withPermit<Result>(_ work: () async throws -> Result) async throws -> Result {
        let isAdmitted = state.withLock { state in
            guard state.current < limit else { return false }
            state.current += 1
            state.total += 1
            return true
        }
        guard isAdmitted else {
            throw ServiceError(.tooManyRequests, expected: "at most \(limit) at a time")
        }
        defer { state.withLock { $0.current -= 1 } }
        return try await work()
    }
}
