/// The instant by which an operation has to be done.
///
/// The code that accepts an operation sets its deadline once, and passes the same value to every step: reading a request
/// body, waiting in a queue, running an engine, connecting to a server. A step that gets less time takes `within(_:)`.
package struct Deadline: Sendable, Equatable {
    /// When the time is over.
    package let instant: ContinuousClock.Instant
    /// How much time was granted, for error messages.
    package let limit: Duration

    /// Sets a deadline.
    ///
    /// - Parameters:
    ///   - limit: The granted time; the deadline of a zero or negative one has passed already.
    ///   - start: When the time begins to run.
    package init(in limit: Duration, from start: ContinuousClock.Instant = .now) {
        instant = start + limit
        self.limit = limit
    }

    /// Whether the time is over.
    package var hasPassed: Bool { .now >= instant }

    /// The time that is left; zero after the deadline.
    package var remaining: Duration { max(.zero, instant - .now) }

    /// The deadline of a step that begins now.
    ///
    /// - Parameter limit: The most time that the step may take.
    /// - Returns: The earlier of this deadline and the end of `limit`.
    package func within(_ limit: Duration) -> Deadline {
        let step = Deadline(in: limit)
        return step.instant < instant ? step : self
    }

    /// Runs work, and cancels it at the deadline.
    ///
    /// - Parameters:
    ///   - error: The error for work that is not done in time.
    ///   - work: Has to return soon after its task is cancelled.
    /// - Returns: What `work` returns.
    /// - Throws: `error`, or what `work` throws.
    package func run<Result: Sendable>(
        orThrow error: @autoclosure @escaping @Sendable () -> any Error,
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(until: instant, clock: .continuous)
                throw error()
            }
            guard let result = try await group.next() else {
                preconditionFailure("a group with two tasks has a first result")
            }
            return result
        }
    }
}
