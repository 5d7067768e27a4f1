import Synchronization

/// One request on its way through a batcher.
struct BatchRequest: Sendable {
    /// What it puts into a batch.
    let input: BatchInput
    /// When that was ready.
    let prepared: ContinuousClock.Instant
    /// Who waits.
    let answer: BatchPromise
}

/// The answer to one request; it is given once, by whoever comes first.
final class BatchPromise: Sendable {
    typealias Preparation = @Sendable () throws -> BatchInput

    private enum State {
        case new
        case awaited(CheckedContinuation<Batcher.BatchOutput, any Error>, Preparation?)
        case given
        /// Given before anybody waited.
        case early(Result<Batcher.BatchOutput, any Error>)
    }

    private let state = Mutex(State.new)

    /// What prepares the request, once; nil where it needs none any more: a request that was answered early holds on to
    /// nothing of what its client sent.
    func takePreparation() -> Preparation? {
        state.withLock { state in
            guard case .awaited(let continuation, let preparation) = state else { return nil }
            state = .awaited(continuation, nil)
            return preparation
        }
    }

    /// Says who waits for it, and how the request is prepared.
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

    /// Gives it, unless it was given before.
    func give(_ result: Result<Batcher.BatchOutput, any Error>) {
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
