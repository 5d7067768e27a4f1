import Diagnostics
package import Inference
import ModelPack

extension ModelRuntime {
    /// Runs images through preprocessing and the engines.
    ///
    /// - Parameters:
    ///   - images: JPEG or PNG files; from one to the maximum batch. They run together.
    ///   - tensors: The other inputs by their names, where the model has any.
    ///   - options: The request's options.
    /// - Returns: Every engine's outputs with one row an image, after the engines were found to agree.
    /// - Throws: `ImageError` where an image is refused; `crosscheck.…` where the engines do not agree; `EngineError`
    ///   where one fails; `runtime.queue-full` before anything is decoded, `runtime.deadline-passed` where the run did
    ///   not begin in time, `runtime.engine-stalled`, `runtime.engine-missing` for an engine that the model does not
    ///   run on, `runtime.batch-too-large`; `CancellationError` where the caller is cancelled.
    package func infer(
        _ images: [EncodedImage],
        beside tensors: TensorBatch = TensorBatch([]),
        options: InferenceOptions
    ) async throws -> InferenceResult {
        try await infer(images, beside: tensors, options: options, decodedBy: decoder)
    }

    /// Runs images within the limits of another decoder.
    func infer(
        _ images: [EncodedImage],
        beside tensors: TensorBatch = TensorBatch([]),
        options: InferenceOptions,
        decodedBy decoder: ImageDecoder
    ) async throws -> InferenceResult {
        try await counted { arrival in
            let done = try await run(images, beside: tensors, options: options, decodedBy: decoder, since: arrival)
            return try result(done)
        }
    }

    /// Runs tensors that are the model's inputs already.
    ///
    /// - Parameters:
    ///   - tensors: The model's inputs by their names; one that the card fills may be left out.
    ///   - options: The request's options.
    /// - Returns: Every engine's outputs with as many rows, after the engines were found to agree.
    /// - Throws: `runtime.tensor-mismatch` where a tensor is not as the card states, `runtime.tensor-too-large`;
    ///   otherwise as for images.
    package func infer(_ tensors: TensorBatch, options: InferenceOptions) async throws -> InferenceResult {
        try await counted { arrival in
            let arranged = try arrangement.arrange(tensors, images: nil)
            let contents = arranged.tensors.compactMap { $0.map { BatchInput.Content.tensor($0) } }
            let input = BatchInput(contents: contents, rows: maximumBatch == nil ? 1 : arranged.rows)
            let ticket = try announce(input.rows, shapes: arranged.shapes, options: options)
            let output = try await batcher.run(as: ticket, on: nil) { input }
            return try result((output, timings(of: output, arrival: arrival)))
        }
    }

    private var arrangement: InputArrangement {
        InputArrangement(card: pack.card, maximumElements: configuration.maximumElements)
    }

    private func run(
        _ images: [EncodedImage],
        beside tensors: TensorBatch,
        options: InferenceOptions,
        decodedBy decoder: ImageDecoder,
        since arrival: ContinuousClock.Instant
    ) async throws -> (Batcher.BatchOutput, Timings) {
        guard let preprocessing = pack.card.imageInput?.preprocessing else {
            throw ModelRuntimeError(.tensorMismatch, subject: "inputs", expected: "tensors", found: "images")
        }
        let allowed = fixedImageCount.map { $0...$0 } ?? 1...(maximumBatch ?? configuration.maximumBatch)
        guard allowed.contains(images.count) else { throw batchTooLarge(allowed, images.count) }
        let arranged = try arrangement.arrange(tensors, images: images.count)
        let rows = maximumBatch == nil ? 1 : images.count
        let ticket = try announce(rows, shapes: arranged.shapes, options: options)
        let output = try await batcher.run(as: ticket, on: workers) {
            if options.deadline?.hasPassed ?? false {
                throw ModelRuntimeError(.deadlinePassed, subject: "request")
            }
            let pixels = BatchInput.Content.images(try images.map { preprocessing.cropped(try decoder.decode($0)) })
            return BatchInput(contents: arranged.tensors.map { $0.map { .tensor($0) } ?? pixels }, rows: rows)
        }
        return (output, timings(of: output, arrival: arrival))
    }

    private func announce(_ rows: Int, shapes: [[Int]], options: InferenceOptions) throws -> Batcher.Queue.Ticket {
        let allowed = 1...(maximumBatch ?? 1)
        guard allowed.contains(rows) else { throw batchTooLarge(allowed, rows) }
        let range = InferenceOptions.priorities
        return try batcher.announce(
            priority: min(max(options.priority, range.lowerBound), range.upperBound),
            group: BatchGroup(engines: try group(of: options.engines), shapes: shapes),
            deadline: options.deadline
        )
    }

    private func batchTooLarge(_ allowed: ClosedRange<Int>, _ found: Int) -> ModelRuntimeError {
        let expected = allowed.count == 1 ? "\(allowed.lowerBound)" : "\(allowed.lowerBound) to \(allowed.upperBound)"
        return ModelRuntimeError(.batchTooLarge, subject: "rows", expected: expected, found: "\(found)")
    }

    /// The engines as a bit set.
    private func group(of wanted: Set<EngineKind>?) throws -> Int {
        guard let wanted else { return 1 << engines.count - 1 }
        let missing = wanted.subtracting(kinds.compactMap(\.self)).map(\.rawValue).sorted()
        guard missing.isEmpty, !wanted.isEmpty else {
            throw ModelRuntimeError(
                .engineMissing,
                subject: "engines",
                expected: kinds.compactMap { $0?.rawValue }.joined(separator: ", "),
                found: missing.isEmpty ? "none" : missing.joined(separator: ", ")
            )
        }
        return kinds.enumerated().reduce(0) { group, item in
            item.element.map { wanted.contains($0) } ?? false ? group | 1 << item.offset : group
        }
    }

    private func timings(of output: Batcher.BatchOutput, arrival: ContinuousClock.Instant) -> Timings {
        let timings = Timings(
            preparation: output.prepared - arrival,
            inference: .now - output.prepared,
            batchSize: output.batchSize
        )
        statistics.update { counters in
            counters.queue.add(max(.zero, output.begin - output.prepared))
            counters.computeInput.add(timings.preparation + output.gathering)
            counters.computeInfer.add(output.outputs.reduce(.zero) { $0 + $1.duration })
        }
        return timings
    }
}

extension ModelRuntime {
    private func result(_ done: (output: Batcher.BatchOutput, timings: Timings)) throws -> InferenceResult {
        let outputs = try done.output.outputs.map { output in
            EngineOutput(
                engine: output.engine.name,
                libraryVersion: output.engine.libraryVersion,
                precision: output.engine.precision,
                tensors: output.tensors,
                probabilities: try probabilities(output),
                duration: output.duration
            )
        }
        return InferenceResult(
            outputs: outputs,
            crossCheck: try compared(outputs),
            comparisons: try pack.card.outputs.enumerated().compactMap { index, port in
                try OutputComparison(port).compare(outputs.map { ($0.engine, $0.tensors[index]) })
            },
            timings: done.timings
        )
    }

    private func probabilities(_ output: Batcher.BatchOutput.Output) throws -> [ProbabilityVector] {
        guard let classes = pack.card.classOutput else { return [] }
        let scores = output.tensors[classes.index].elements
        return try stride(from: 0, to: scores.count, by: classes.count).map { start in
            try ProbabilityVector(
                output: scores[start..<start + classes.count],
                activation: classes.activation,
                engine: output.engine.name
            )
        }
    }

    /// The largest difference of all rows; nil for one engine.
    private func compared(_ outputs: [EngineOutput]) throws -> CrossCheck.Report? {
        guard let crossCheck else { return nil }
        var largest: CrossCheck.Report?
        for row in outputs[0].probabilities.indices {
            let report = try crossCheck.compare(outputs.map { ($0.engine, $0.probabilities[row]) })
            guard let report, report.maximumProbabilityDifference >= largest?.maximumProbabilityDifference ?? 0 else {
                continue
            }
            largest = report
        }
        return largest
    }

    /// Runs a request's work, and counts its result.
    private func counted<Answer>(
        _ work: (ContinuousClock.Instant) async throws -> Answer
    ) async throws -> Answer {
        let arrival = ContinuousClock.now
        statistics.update { $0.pending += 1 }
        do {
            let answer = try await work(arrival)
            statistics.update { $0.noteSuccess(after: .now - arrival) }
            return answer
        } catch {
            statistics.update { $0.noteFailure(error, after: .now - arrival) }
            throw error
        }
    }
}
