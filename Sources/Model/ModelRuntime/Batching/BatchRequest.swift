import Synchronization

/// A request in a batcher.
struct BatchRequest: Sendable {
    /// Its rows.
    let input: BatchInput
    /// When its input was ready.
    let prepared: ContinuousClock.Instant
    /// The promise of its output.
    let promise: BatchPromise
}

/// The promise of one request's output; it is completed once, and later results are ignored.
final class BatchPromise: Sendable {
    typealias Preparation = @Sendable () throws -> BatchInput

    private enum State {
        case new
        case awaited(CheckedContinuation<Batcher.BatchOutput, any Error>, Preparation?)
        case given
        /// Completed before the request waited for it.
        case early(Result<Batcher.BatchOutput, any Error>)
    }

    private let state = Mutex(State.new)

    /// Takes the closure that prepares the request, once; nil where the request was completed early, and then the
    /// request's data are released.
    func takePreparation() -> Preparation? {
        state.withLock { state in
            guard case .awaited(let continuation, let preparation) = state else { return nil }
            state = .awaited(continuation, nil)
            return preparation
        }
    }

    /// Sets the continuation of the request, and the closure that prepares its input.
    func wait(_ continuation: CheckedContinuation<Batcher.BatchOutput, any Error>, _ preparation: @escaping Preparation)
    {
        let early: Result<Batcher.BatchOutput, any Error>? = state.withLock { state in
            guard case .early(let result) = state else {
                state = .awaited(continuation, preparation)
                return nil
            }
            state = .given
            return result
        }
        if let early { continuation.resume(with: early) }
    }

    /// Completes the promise, unless it is completed.
    func complete(_ result: Result<Batcher.BatchOutput, any Error>) {
        let continuation: CheckedContinuation<Batcher.BatchOutput, any Error>? = state.withLock { state in
            switch state {
            case .new:
                state = .early(result)
                return nil
            case .awaited(let continuation, _):
                state = .given
                return continuation
            case .given, .early: return nil
            }
        }
        continuation?.resume(with: result)
    }
}
