import Diagnostics
import Foundation
import Inference
import Synchronization

/// Runs what waits together on the engines of a model.
final class Batcher: Sendable {
    /// What came of a batch, for one of its requests.
    struct BatchOutput: Sendable {
        /// What one engine gave for the request's rows.
        struct Output: Sendable {
            let engine: any Engine
            /// As many numbers a row as the model gives.
            let scores: ArraySlice<Float>
            let duration: Duration
        }

        /// One output an engine that was asked, in the engines' order.
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
    private let input: TensorDescription
    private let output: TensorDescription
    private let preprocessing: Preprocessing
    private let statistics: ModelStatistics
    private let queue: Mutex<Queue>
    /// When somebody will look at the queue.
    private let timers = Mutex(MinimumHeap<ContinuousClock.Instant>())
    /// The requests of the run that is under way, for when it is given up.
    private let running = Mutex<[UInt64: [BatchRequest]]>([:])
    /// The last batch's memory, for the next one.
    private let spare = Mutex<[Float]>([])

    /// - Parameters:
    ///   - engines: Who computes; a group of requests is a set of their indices, one bit each.
    ///   - input: What they take; the first dimension is the batch.
    ///   - output: What they give; the first dimension is the batch.
    ///   - preprocessing: How pixels become numbers.
    ///   - limits: What may run and wait.
    ///   - statistics: Where batches are counted.
    init(
        engines: [any Engine],
        input: TensorDescription,
        output: TensorDescription,
        preprocessing: Preprocessing,
        limits: Queue.Limits,
        statistics: ModelStatistics
    ) {
        self.engines = engines
        self.input = input
        self.output = output
        self.preprocessing = preprocessing
        self.statistics = statistics
        queue = Mutex(Queue(limits: limits))
    }

    /// Whether nothing runs.
    var isIdle: Bool { queue.withLock { $0.isIdle } }
    /// Whether a run was given up and has not ended.
    var isStalled: Bool { queue.withLock { $0.isStalled } }
    /// How many requests wait with their input ready.
    var waitingCount: Int { queue.withLock { $0.waitingCount } }

    /// Lets go of the last batch's memory.
    func dropSpare() {
        spare.withLock { $0 = [] }
    }

    /// Lets a request in whose input is about to be prepared.
    ///
    /// Whoever gets a ticket has to `run` or `leave` with it.
    ///
    /// - Throws: `runtime.queue-full` or `runtime.engine-stalled`.
    func announce(
        priority: Int,
        group: Int,
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

    /// Lets a request go that will not run.
    func leave(_ ticket: Queue.Ticket) {
        let (request, step) = queue.withLock { $0.withdraw(ticket, at: .now) }
        request?.answer.give(.failure(CancellationError()))
        perform(step)
    }

    /// Runs a request's input on the engines of its group, together with whatever else waits.
    ///
    /// - Parameters:
    ///   - ticket: What `announce` gave.
    ///   - workers: Where the input is prepared; nil for here, which is for input that is ready.
    ///   - prepare: Gives the request's rows, at most the maximum batch; it is not called for a caller that gave up before.
    /// - Returns: The request's own rows of every engine's output.
    /// - Throws: What `prepare` or an engine throws; `runtime.deadline-passed` or `runtime.engine-stalled`;
    ///   `CancellationError` where the caller gave up, at once.
    func run(
        as ticket: Queue.Ticket,
        on workers: WorkerThreads?,
        _ prepare: @escaping BatchPromise.Preparation
    ) async throws -> BatchOutput {
        let answer = BatchPromise()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                answer.wait(continuation, prepare)
                guard let workers else { return submit(ticket, answer) }
                // From there straight on to the engines: the caller's own thread need not wake in between.
                // They are held meanwhile: their end waits for what they do, and the caller may have let go of them.
                workers.start { withExtendedLifetime(workers) { self.submit(ticket, answer) } }
            }
        } onCancel: {
            leave(ticket)
            answer.give(.failure(CancellationError()))
        }
    }

    private func submit(_ ticket: Queue.Ticket, _ answer: BatchPromise) {
        guard let prepare = answer.takePreparation() else { return }
        do {
            let request = BatchRequest(input: try prepare(), prepared: .now, answer: answer)
            let step = queue.withLock { $0.submit(request, rows: request.input.rows, as: ticket, at: request.prepared) }
            guard let step else { return answer.give(.failure(CancellationError())) }
            perform(step)
        } catch {
            leave(ticket)
            answer.give(.failure(error))
        }
    }

    private static var stalled: ModelRuntimeError {
        ModelRuntimeError(.engineStalled, subject: "engines", expected: "runs that end", found: "one that did not")
    }

    private func perform(_ step: Queue.Step) {
        for request in step.expired {
            request.answer.give(.failure(ModelRuntimeError(.deadlinePassed, subject: "request")))
        }
        let given = step.givenUp.flatMap { number in running.withLock { $0.removeValue(forKey: number) } } ?? []
        for request in step.abandoned + given {
            request.answer.give(.failure(Self.stalled))
        }
        if let batch = step.batch { start(batch) }
        setTimer()
    }

    /// Sees to it that the queue is looked at when its time comes.
    private func setTimer() {
        guard let next = queue.withLock({ $0.nextStep }) else { return }
        let isNews = timers.withLock { timers in
            if let first = timers.first, first <= next { return false }
            timers.insert(next)
            return true
        }
        guard isNews else { return }
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
            // First the next run, so that it is there as soon as this thread has handed out the answers.
            perform(queue.withLock { $0.finish(batch.number, at: .now) })
            if isWanted { answer(batch, with: result, begin: begin) }
        }
    }
}

extension Batcher {
    /// What a batch gave.
    private struct BatchRun {
        let outputs: [(engine: any Engine, scores: [Float], duration: Duration)]
        let gathering: Duration
    }

    private func execute(_ batch: Queue.Batch, since begin: ContinuousClock.Instant) async throws -> BatchRun {
        var elements = spare.withLock { spare in
            defer { spare = [] }
            return spare
        }
        preprocessing.gather(batch.items.map(\.input), into: &elements)
        let gathering = ContinuousClock.now - begin
        let tensors = TensorBatch([
            Tensor(name: input.name, shape: [batch.rows] + input.shape.dropFirst(), elements: elements)
        ])
        elements = []
        var outputs: [(any Engine, [Float], Duration)] = []
        // One engine after the other, each with all threads: side by side they would fight for the cores.
        for engine in engines(of: batch) {
            let start = ContinuousClock.now
            let result = try await engine.run(tensors)
            outputs.append((engine, try scores(in: result, of: engine, rows: batch.rows), ContinuousClock.now - start))
        }
        spare.withLock { $0 = tensors.tensors[0].elements }
        return BatchRun(outputs: outputs, gathering: gathering)
    }

    /// The engines that a batch asks, in their order.
    private func engines(of batch: Queue.Batch) -> [any Engine] {
        engines.indices.filter { batch.group & 1 << $0 != 0 }.map { engines[$0] }
    }

    private var scoresInRow: Int { output.shape.dropFirst().reduce(1, *) }

    private func scores(in result: TensorBatch, of engine: any Engine, rows: Int) throws -> [Float] {
        guard let scores = result[output.name], scores.elements.count == rows * scoresInRow else {
            throw ModelRuntimeError(
                .engineModelDiffers,
                subject: "\(engine.name), \(output.name)",
                expected: "\(scoresInRow) numbers for each of \(rows) images",
                found: result[output.name].map { "\($0.elements.count) numbers" } ?? "no such output"
            )
        }
        return scores.elements
    }

    private func answer(
        _ batch: Queue.Batch,
        with result: Result<BatchRun, any Error>,
        begin: ContinuousClock.Instant
    ) {
        let run: BatchRun
        switch result {
        case .success(let done): run = done
        case .failure(let error):
            for request in batch.items { request.answer.give(.failure(error)) }
            return
        }
        let clock = ContinuousClock()
        let duration = clock.measure {
            var row = 0
            for request in batch.items {
                let range = row * scoresInRow..<(row + request.input.rows) * scoresInRow
                row += request.input.rows
                let share = BatchOutput(
                    outputs: run.outputs.map { output in
                        BatchOutput.Output(
                            engine: output.engine,
                            scores: output.scores[range],
                            duration: output.duration
                        )
                    },
                    batchSize: batch.rows,
                    prepared: request.prepared,
                    begin: begin,
                    gathering: run.gathering
                )
                request.answer.give(.success(share))
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
