import Synchronization

/// Counts the requests that are under way, and refuses one too many.
final class Admission: Sendable {
    /// How many may be under way.
    let limit: Int
    private let current = Mutex(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// How many are under way now.
    var count: Int {
        current.withLock { $0 }
    }

    /// Runs work as one of the requests under way.
    ///
    /// - Parameter work: Starts at once or not at all; nothing waits here.
    /// - Returns: What `work` returns.
    /// - Throws: `server.too-many-requests` without starting `work`, or what `work` throws.
    func withPermit<Result>(_ work: () async throws -> Result) async throws -> Result {
        let isAdmitted = current.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard isAdmitted else {
            throw ServiceError(.tooManyRequests, expected: "at most \(limit) at a time")
        }
        defer { current.withLock { $0 -= 1 } }
        return try await work()
    }
}
