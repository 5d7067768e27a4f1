import Diagnostics
import Foundation
import Inference
import Synchronization

/// Dynamic batching: runs waiting requests together on the engines of a model.
final class Batcher: Sendable {
    /// The output of a batch for one of its requests.
    struct BatchOutput: Sendable {
        /// One engine's output for the request's rows.
        struct Output: Sendable {
            let engine: any Engine
            /// The model's outputs in the card's order, with the request's rows alone.
            let tensors: [Tensor]
            let duration: Duration
        }

        /// One output for each requested engine, in the engines' order.
        let outputs: [Output]
        let batchSize: Int
        /// When the request's input was ready.
        let prepared: ContinuousClock.Instant
        /// When the batch began.
        let begin: ContinuousClock.Instant
        let gathering: Duration
    }

    typealias Queue = BatchQueue<BatchRequest>

    private let engines: [any Engine]
    private let plan: BatchPlan
    private let statistics: ModelStatistics
    private let queue: Mutex<Queue>
    /// The times at which a timer calls `step` of the queue.
    private let timers = Mutex(MinimumHeap<ContinuousClock.Instant>())
    /// The requests of the run in progress, in case it is abandoned.
    private let running = Mutex<[UInt64: [BatchRequest]]>([:])
    /// The last batch's buffer, for the next one.
    private let buffer = Mutex<[Float]>([])

    /// - Parameters:
    ///   - engines: The engines; a group of requests names some of them by their indices.
    ///   - plan: How requests become the model's inputs, and its outputs theirs.
    ///   - limits: The limits of batches and of the queue.
    ///   - statistics: Counts the batches.
    init(
        engines: [any Engine],
        plan: BatchPlan,
        limits: Queue.Limits,
        statistics: ModelStatistics
    ) {
        self.engines = engines
        self.plan = plan
        self.statistics = statistics
        queue = Mutex(Queue(limits: limits))
    }

    /// Whether no run is in progress.
    var isIdle: Bool { queue.withLock { $0.isIdle } }
    /// Whether a run was abandoned and has not ended.
    var isStalled: Bool { queue.withLock { $0.isStalled } }
    /// How many requests wait with their input ready.
    var waitingCount: Int { queue.withLock { $0.waitingCount } }

    /// Releases the last batch's buffer.
    func releaseBuffer() {
        buffer.withLock { $0 = [] }
    }

    /// Admits a request whose input is about to be prepared.
    ///
    /// The caller has to call `run` or `withdraw` with the ticket.
    ///
    /// - Throws: `runtime.queue-full` or `runtime.engine-stalled`.
    func announce(
        priority: Int,
        group: BatchGroup,
        deadline: Deadline?
    ) throws(ModelRuntimeError) -> Queue.Ticket {
        do throws(Queue.Refusal) {
            return try queue.withLock { queue throws(Queue.Refusal) in
                try queue.announce(priority: priority, group: group, deadline: deadline)
            }
        } catch {
            switch error {
            case .full(let retryAfter):
                let limit = queue.withLock { $0.limits.maximumWaiting }
                throw ModelRuntimeError(
                    .queueFull,
                    subject: "queue",
                    expected: "at most \(limit) waiting requests",
                    retryAfter: retryAfter
                )
            case .stalled: throw Self.stalled
            }
        }
    }

    /// Withdraws a request that will not run.
    func withdraw(_ ticket: Queue.Ticket) {
        let (request, step) = queue.withLock { $0.withdraw(ticket, at: .now) }
        request?.promise.complete(.failure(CancellationError()))
        perform(step)
    }

    /// Runs a request's input on the engines of its group, together with other waiting requests.
    ///
    /// - Parameters:
    ///   - ticket: The result of `announce`.
    ///   - workers: The threads that prepare the input; nil to prepare it on the caller's thread, for input that is
    ///     ready.
    ///   - prepare: Makes the request's rows, at most the maximum batch; it is not called for a request that was
    ///     cancelled before.
    /// - Returns: The request's own rows of every engine's output.
    /// - Throws: What `prepare` or an engine throws; `runtime.deadline-passed` or `runtime.engine-stalled`;
    ///   `CancellationError` at once where the caller is cancelled.
    func run(
        as ticket: Queue.Ticket,
        on workers: WorkerThreads?,
        _ prepare: @escaping BatchPromise.Preparation
    ) async throws -> BatchOutput {
        let promise = BatchPromise()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                promise.wait(continuation, prepare)
                guard let workers else { return submit(ticket, promise) }
                // The worker submits the input itself, so the caller's thread is not woken in between. It retains the
                // pool: the pool's deinit joins the threads, and the caller may have released it.
                workers.start { withExtendedLifetime(workers) { self.submit(ticket, promise) } }
            }
        } onCancel: {
            withdraw(ticket)
            promise.complete(.failure(CancellationError()))
        }
    }

    private func submit(_ ticket: Queue.Ticket, _ promise: BatchPromise) {
        guard let prepare = promise.takePreparation() else { return }
        do {
            let request = BatchRequest(input: try prepare(), prepared: .now, promise: promise)
            let step = queue.withLock { $0.submit(request, rows: request.input.rows, as: ticket, at: request.prepared) }
            guard let step else { return promise.complete(.failure(CancellationError())) }
            perform(step)
        } catch {
            withdraw(ticket)
            promise.complete(.failure(error))
        }
    }

    private static var stalled: ModelRuntimeError {
        ModelRuntimeError(.engineStalled, subject: "engines", expected: "runs that end", found: "one that did not")
    }

    private func perform(_ step: Queue.Step) {
        for request in step.expired {
            request.promise.complete(.failure(ModelRuntimeError(.deadlinePassed, subject: "request")))
        }
        let given = step.givenUp.flatMap { number in running.withLock { $0.removeValue(forKey: number) } } ?? []
        for request in step.abandoned + given {
            request.promise.complete(.failure(Self.stalled))
        }
        if let batch = step.batch { start(batch) }
        setTimer()
    }

    /// Starts a timer for the queue's next step.
    private func setTimer() {
        guard let next = queue.withLock({ $0.nextStep }) else { return }
        let isEarlier = timers.withLock { timers in
            if let first = timers.first, first <= next { return false }
            timers.insert(next)
            return true
        }
        guard isEarlier else { return }
        Task { [weak self] in
            try? await Task.sleep(until: next, clock: .continuous)
            guard let self else { return }
            timers.withLock { timers in
                while let first = timers.first, first <= .now { timers.removeFirst() }
            }
            perform(queue.withLock { $0.step(at: .now) })
        }
    }

    private func start(_ batch: Queue.Batch) {
        running.withLock { $0[batch.number] = batch.items }
        Task(executorPreference: engines(of: batch).first?.executor) { [self] in
            let begin = ContinuousClock.now
            let result: Result<BatchRun, any Error>
            do {
                result = .success(try await execute(batch, since: begin))
            } catch {
                result = .failure(error)
            }
            let isWanted = running.withLock { $0.removeValue(forKey: batch.number) } != nil
            // The next run first, so that it is queued when this thread has completed the promises.
            perform(queue.withLock { $0.finish(batch.number, at: .now) })
            if isWanted { deliver(batch, with: result, begin: begin) }
        }
    }
}

extension Batcher {
    /// The outputs of a batch.
    private struct BatchRun {
        let outputs: [(engine: any Engine, tensors: [Tensor], duration: Duration)]
        let gathering: Duration
    }

    private func execute(_ batch: Queue.Batch, since begin: ContinuousClock.Instant) async throws -> BatchRun {
        var memory = buffer.withLock { buffer in
            defer { buffer = [] }
            return buffer
        }
        let (tensors, buffered) = plan.gather(batch.items.map(\.input), rows: batch.rows, into: &memory)
        let gathering = ContinuousClock.now - begin
        var outputs: [(any Engine, [Tensor], Duration)] = []
        // One engine after the other, each with all threads: in parallel they would compete for the cores.
        for engine in engines(of: batch) {
            let start = ContinuousClock.now
            let result = try await engine.run(TensorBatch(tensors))
            let arranged = try plan.arranged(result, of: engine, rows: batch.rows)
            outputs.append((engine, arranged, ContinuousClock.now - start))
        }
        if let buffered { memory = tensors[buffered].elements }
        buffer.withLock { $0 = memory }
        return BatchRun(outputs: outputs, gathering: gathering)
    }

    /// The engines of a batch's group, in their order.
    private func engines(of batch: Queue.Batch) -> [any Engine] {
        engines.indices.filter { batch.group.engines & 1 << $0 != 0 }.map { engines[$0] }
    }

    private func deliver(
        _ batch: Queue.Batch,
        with result: Result<BatchRun, any Error>,
        begin: ContinuousClock.Instant
    ) {
        let run: BatchRun
        switch result {
        case .success(let done): run = done
        case .failure(let error):
            for request in batch.items { request.promise.complete(.failure(error)) }
            return
        }
        let clock = ContinuousClock()
        let duration = clock.measure {
            var row = 0
            for request in batch.items {
                let range = row..<row + request.input.rows
                row += request.input.rows
                let requestOutput = BatchOutput(
                    outputs: run.outputs.map { output in
                        BatchOutput.Output(
                            engine: output.engine,
                            tensors: plan.part(of: output.tensors, range, rows: batch.rows),
                            duration: output.duration
                        )
                    },
                    batchSize: batch.rows,
                    prepared: request.prepared,
                    begin: begin,
                    gathering: run.gathering
                )
                request.promise.complete(.success(requestOutput))
            }
        }
        statistics.update { counters in
            counters.inferenceCount &+= UInt64(batch.rows)
            counters.executionCount &+= 1
            counters.lastInferenceInMilliseconds = UInt64(max(0, Date().timeIntervalSince1970 * 1000))
            counters.noteBatch(
                size: batch.rows,
                input: run.gathering,
                infer: run.outputs.reduce(.zero) { $0 + $1.duration },
                output: duration
            )
        }
    }
}
