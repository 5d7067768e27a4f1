/// Runs work that has to be done in a given time.
///
/// - Parameters:
///   - limit: The time it gets; beyond it the work is cancelled.
///   - work: What to do; it has to end soon after its task is cancelled.
/// - Returns: What `work` returns.
/// - Throws: `server.deadline-exceeded`, or what `work` throws.
func withDeadline<Result: Sendable>(
    _ limit: Duration,
    _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        defer { group.cancelAll() }
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw ServiceError(.deadlineExceeded, expected: "at most \(limit)")
        }
        guard let result = try await group.next() else {
            preconditionFailure("a group with two tasks has a first result")
        }
        return result
    }
}
