import Synchronization

/// Counts the requests that are under way, and refuses one too many.
final class ConcurrencyLimiter: Sendable {
    /// How many may be under way.
    let limit: Int
    private let state = Mutex((current: 0, total: 0))

    init(limit: Int) {
        self.limit = limit
    }

    /// How many are under way now.
    var count: Int {
        state.withLock { $0.current }
    }

    /// How many were let in since the start.
    var total: Int {
        state.withLock { $0.total }
    }

    /// Runs work as one of the requests under way.
    ///
    /// - Parameter work: Starts at once or not at all; nothing waits here.
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
