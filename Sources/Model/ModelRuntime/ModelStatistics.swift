import Inference
import Synchronization

/// A model's statistics since it was loaded, with the counters of Triton's statistics extension.
package final class ModelStatistics: Sendable {
    /// A number of events, and their total duration.
    package struct Total: Sendable, Equatable {
        package internal(set) var count: UInt64 = 0
        package internal(set) var nanoseconds: UInt64 = 0

        mutating func add(_ duration: Duration) {
            count &+= 1
            nanoseconds &+= duration.inNanoseconds
        }
    }

    /// The runs of one batch size.
    package struct Batch: Sendable, Equatable {
        /// How many rows ran together.
        package let size: Int
        /// Gathering the rows; counts runs.
        package internal(set) var computeInput = Total()
        /// The engines' runs; counts runs.
        package internal(set) var computeInfer = Total()
        /// Distributing the output rows; counts runs.
        package internal(set) var computeOutput = Total()
    }

    /// All counters at one moment.
    package struct Snapshot: Sendable, Equatable {
        /// Answered requests, with the time from their arrival to their result.
        package internal(set) var success = Total()
        /// Failed requests, for any reason, with their time.
        package internal(set) var fail = Total()
        /// The time that answered requests spent in the queue.
        package internal(set) var queue = Total()
        /// Decoding, preprocessing and gathering.
        package internal(set) var computeInput = Total()
        /// The engines' runs.
        package internal(set) var computeInfer = Total()
        /// Distributing and comparing the outputs.
        package internal(set) var computeOutput = Total()
        /// Rows that ran: a batch of 64 counts 64.
        package internal(set) var inferenceCount: UInt64 = 0
        /// Runs: a batch of 64 counts once, with every engine.
        package internal(set) var executionCount: UInt64 = 0
        /// When the last run ended, in milliseconds since 1970; 0 before the first.
        package internal(set) var lastInferenceInMilliseconds: UInt64 = 0
        /// Requests that were refused because the queue was full.
        package internal(set) var rejected: UInt64 = 0
        /// Requests that were cancelled: the client disconnected, or the deadline passed, after the server had accepted the
        /// request and before there was a result, also while its body arrived.
        package internal(set) var cancelled: UInt64 = 0
        /// Requests whose deadline passed in the queue.
        package internal(set) var expired: UInt64 = 0
        /// Requests that failed because an engine failed or stalled, or two engines did not agree.
        package internal(set) var engineFailures: UInt64 = 0
        /// Requests in progress: being prepared, waiting or running.
        package internal(set) var pending = 0
        /// The batch sizes that ran, smallest first; at most as many as the maximum batch.
        package internal(set) var batches: [Batch] = []
    }

    private let counters = Mutex(Snapshot())

    package init() {}

    /// All counters now.
    package var snapshot: Snapshot {
        counters.withLock { $0 }
    }

    /// Counts a request that was cancelled before its body was complete.
    ///
    /// - Parameter duration: The time since the server accepted the request.
    package func noteCancellation(after duration: Duration) {
        update { counters in
            counters.fail.add(duration)
            counters.cancelled &+= 1
        }
    }

    /// Changes the counters together.
    func update(_ change: (inout Snapshot) -> Void) {
        counters.withLock { change(&$0) }
    }
}

extension ModelStatistics.Snapshot {
    /// Counts a request that was answered.
    mutating func noteSuccess(after duration: Duration) {
        pending -= 1
        success.add(duration)
    }

    /// Counts a request that failed, by its error.
    mutating func noteFailure(_ error: any Error, after duration: Duration) {
        pending -= 1
        fail.add(duration)
        switch error {
        case is CancellationError: cancelled &+= 1
        case let error as ModelRuntimeError:
            switch error.code {
            case .queueFull: rejected &+= 1
            case .deadlinePassed: expired &+= 1
            case .batchTooLarge, .tensorMismatch, .tensorTooLarge: break
            default: engineFailures &+= 1
            }
        case is EngineError: engineFailures &+= 1
        default: break
        }
    }

    /// Counts a run.
    mutating func noteBatch(size: Int, input: Duration, infer: Duration, output: Duration) {
        // Sizes go from 1 to the maximum batch, so the list is short.
        let place = batches.firstIndex { $0.size >= size } ?? batches.endIndex
        if place == batches.endIndex || batches[place].size != size {
            batches.insert(ModelStatistics.Batch(size: size), at: place)
        }
        batches[place].computeInput.add(input)
        batches[place].computeInfer.add(infer)
        batches[place].computeOutput.add(output)
    }
}

extension Duration {
    /// The duration in nanoseconds; zero for a negative one.
    var inNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(seconds) &* 1_000_000_000 &+ UInt64(attoseconds / 1_000_000_000)
    }
}
