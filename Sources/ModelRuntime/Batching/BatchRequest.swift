import Synchronization

/// One request on its way through a batcher; it is answered once, by whoever comes first.
final class BatchRequest: Sendable {
    /// What it puts into a batch.
    let input: BatchInput

    private enum State {
        case new
        case waiting(CheckedContinuation<Batcher.Share, any Error>)
        case answered
        /// Answered before anybody waited.
        case early(Result<Batcher.Share, any Error>)
    }

    private let state = Mutex(State.new)

    init(_ input: BatchInput) {
        self.input = input
    }

    /// Says who waits for the answer.
    func wait(_ continuation: CheckedContinuation<Batcher.Share, any Error>) {
        let early: Result<Batcher.Share, any Error>? = state.withLock { state in
            guard case .early(let result) = state else {
                state = .waiting(continuation)
                return nil
            }
            state = .answered
            return result
        }
        if let early { continuation.resume(with: early) }
    }

    /// Answers, unless it was answered before.
    func answer(_ result: Result<Batcher.Share, any Error>) {
        let continuation: CheckedContinuation<Batcher.Share, any Error>? = state.withLock { state in
            switch state {
            case .new:
                state = .early(result)
                return nil
            case .waiting(let continuation):
                state = .answered
                return continuation
            case .answered, .early: return nil
            }
        }
        continuation?.resume(with: result)
    }
}
