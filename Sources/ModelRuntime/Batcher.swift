import Inference

/// Runs what waits together on every engine of a model.
actor Batcher {
    /// What one engine gave for one image.
    struct Output: Sendable {
        let engine: String
        let libraryVersion: String
        /// One number a class.
        let scores: ArraySlice<Float>
        let duration: Duration
        let batchSize: Int
    }

    private struct Request: Sendable {
        let elements: [Float]
        let continuation: CheckedContinuation<[Output], any Error>
    }

    private let engines: [any Engine]
    private let input: TensorDescription
    private let output: TensorDescription
    private var queue: BatchQueue<Request>

    /// - Parameters:
    ///   - engines: Who computes; each runs every batch.
    ///   - input: What they take; the first dimension is the batch.
    ///   - output: What they give; the first dimension is the batch.
    ///   - maximumBatch: How many images may run together.
    init(engines: [any Engine], input: TensorDescription, output: TensorDescription, maximumBatch: Int) {
        self.engines = engines
        self.input = input
        self.output = output
        queue = BatchQueue(maximumBatch: maximumBatch)
    }

    /// Whether nothing runs.
    var isIdle: Bool { queue.isIdle }

    /// How many images wait.
    var waitingCount: Int { queue.waitingCount }

    /// Runs one image's input on every engine, together with whatever else waits.
    ///
    /// - Parameter elements: One image, as many numbers as the input's shape spans after its first dimension.
    /// - Returns: One output an engine, in the engines' order.
    /// - Throws: What an engine throws; `CancellationError` where the caller gave up before the run began.
    func run(_ elements: [Float]) async throws -> [Output] {
        try Task.checkCancellation()
        let ticket = queue.makeTicket()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let request = Request(elements: elements, continuation: continuation)
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else if let batch = queue.enqueue(request, as: ticket) {
                    start(batch)
                }
            }
        } onCancel: {
            Task { await self.cancel(ticket) }
        }
    }

    private func cancel(_ ticket: BatchQueue<Request>.Ticket) {
        queue.cancel(ticket)?.continuation.resume(throwing: CancellationError())
    }

    private func start(_ batch: [Request]) {
        Task {
            await execute(batch)
            if let next = queue.finish() {
                start(next)
            }
        }
    }

    private func execute(_ batch: [Request]) async {
        do {
            let outputs = try await outputs(of: batch.map(\.elements))
            for (index, request) in batch.enumerated() {
                request.continuation.resume(returning: outputs.map { $0[index] })
            }
        } catch {
            for request in batch {
                request.continuation.resume(throwing: error)
            }
        }
    }

    /// Engine by engine, image by image.
    private func outputs(of items: [[Float]]) async throws -> [[Output]] {
        let elements: [Float]
        if items.count == 1 {
            elements = items[0]
        } else {
            var joined: [Float] = []
            joined.reserveCapacity(items.count * items[0].count)
            for item in items {
                joined.append(contentsOf: item)
            }
            elements = joined
        }
        let tensor = Tensor(name: input.name, shape: [items.count] + input.shape.dropFirst(), elements: elements)
        var all: [[Output]] = []
        // One engine after the other, each with all threads: side by side they would fight for the cores.
        for engine in engines {
            let clock = ContinuousClock()
            let start = clock.now
            let result = try await engine.run(TensorBatch([tensor]))
            let duration = clock.now - start
            let count = output.shape.dropFirst().reduce(1, *)
            guard let scores = result[output.name], scores.elements.count == items.count * count else {
                let found = result[output.name].map { "\($0.elements.count) numbers" } ?? "no such output"
                throw ModelRuntimeError(
                    .engineModelDiffers,
                    subject: "\(engine.name), \(output.name)",
                    expected: "\(count) numbers for each of \(items.count) images",
                    found: found
                )
            }
            all.append(
                items.indices.map { index in
                    Output(
                        engine: engine.name,
                        libraryVersion: engine.libraryVersion,
                        scores: scores.elements[index * count..<(index + 1) * count],
                        duration: duration,
                        batchSize: items.count
                    )
                }
            )
        }
        return all
    }
}
