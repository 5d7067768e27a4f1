import Diagnostics
import Synchronization

extension Deadline {
    /// Waits for a task until the deadline; the task goes on.
    ///
    /// - Parameter task: The task.
    /// - Returns: Its result.
    /// - Throws: What the task throws; `endorsement.timed-out` after the deadline.
    func result<Result: Sendable>(of task: Task<Result, any Error>) async throws -> Result {
        let error = AttestationError(
            EndorsementCheck.timedOut,
            subject: "the vendor",
            expected: "an answer within \(limit)"
        )
        return try await withCheckedThrowingContinuation { continuation in
            let waiting = Waiting(continuation)
            let timer = Task {
                try await Task.sleep(until: instant, clock: .continuous)
                waiting.end(.failure(error))
            }
            Task {
                waiting.end(await task.result)
                timer.cancel()
            }
        }
    }
}

/// A continuation that the first of two tasks resumes.
private final class Waiting<Value: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Value, any Error>?>

    init(_ continuation: CheckedContinuation<Value, any Error>) {
        self.continuation = Mutex(continuation)
    }

    func end(_ result: Result<Value, any Error>) {
        let first = continuation.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        first?.resume(with: result)
    }
}
