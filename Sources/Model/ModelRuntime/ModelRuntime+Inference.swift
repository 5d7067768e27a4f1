import Diagnostics
package import Inference
import ModelPack

extension ModelRuntime {
    /// Runs images through preprocessing and the engines.
    ///
    /// - Parameters:
    ///   - images: JPEG or PNG files; from one to the maximum batch. They run together.
    ///   - options: The request's options.
    /// - Returns: Every engine's output with one row an image, after the engines were found to agree.
    /// - Throws: `ImageError` where an image is refused; `crosscheck.…` where the engines do not agree; `EngineError`
    ///   where one fails; `runtime.queue-full` before anything is decoded, `runtime.deadline-passed` where the run did
    ///   not begin in time, `runtime.engine-stalled`, `runtime.engine-missing` for an engine that the model does not
    ///   run on, `runtime.batch-too-large`; `CancellationError` where the caller is cancelled.
    package func infer(_ images: [EncodedImage], options: InferenceOptions) async throws -> InferenceResult {
        try await infer(images, options: options, decodedBy: decoder)
    }

    /// Runs images within the limits of another decoder.
    func infer(
        _ images: [EncodedImage],
        options: InferenceOptions,
        decodedBy decoder: ImageDecoder
    ) async throws -> InferenceResult {
        try await counted { arrival in
            let done = try await run(images, options: options, decodedBy: decoder, since: arrival)
            return try result(done, rows: images.count)
        }
    }

    /// Runs tensors that are the model's input already.
    ///
    /// - Parameters:
    ///   - tensors: The model's only input under its name; its first dimension is from 1 to the maximum batch.
    ///   - options: The request's options.
    /// - Returns: Every engine's output with as many rows, after the engines were found to agree.
    /// - Throws: `runtime.tensor-mismatch` where the tensor is not as the card states; otherwise as for images.
    package func infer(_ tensors: TensorBatch, options: InferenceOptions) async throws -> InferenceResult {
        try await counted { arrival in
            let tensor = try checked(tensors)
            let rows = tensor.shape[0]
            let ticket = try announce(rows: rows, options: options)
            let output = try await batcher.run(as: ticket, on: nil) { .elements(tensor.elements, rows: rows) }
            return try result((output, timings(of: output, arrival: arrival)), rows: rows)
        }
    }

    private func run(
        _ images: [EncodedImage],
        options: InferenceOptions,
        decodedBy decoder: ImageDecoder,
        since arrival: ContinuousClock.Instant
    ) async throws -> (Batcher.BatchOutput, Timings) {
        let ticket = try announce(rows: images.count, options: options)
        let output = try await batcher.run(as: ticket, on: workers) { [preprocessing = pack.card.preprocessing] in
            if options.deadline?.hasPassed ?? false {
                throw ModelRuntimeError(.deadlinePassed, subject: "request")
            }
            return .images(try images.map { preprocessing.cropped(try decoder.decode($0)) })
        }
        return (output, timings(of: output, arrival: arrival))
    }

    private func announce(rows: Int, options: InferenceOptions) throws -> Batcher.Queue.Ticket {
        guard (1...configuration.maximumBatch).contains(rows) else {
            let expected = "1 to \(configuration.maximumBatch)"
            throw ModelRuntimeError(.batchTooLarge, subject: "rows", expected: expected, found: "\(rows)")
        }
        let range = InferenceOptions.priorities
        return try batcher.announce(
            priority: min(max(options.priority, range.lowerBound), range.upperBound),
            group: try group(of: options.engines),
            deadline: options.deadline
        )
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

    private func checked(_ tensors: TensorBatch) throws -> Tensor {
        let expected = pack.card.input.tensor
        guard let tensor = tensors[expected.name], tensors.tensors.count == 1,
            tensor.shape.count == expected.shape.count, tensor.shape.dropFirst() == expected.shape.dropFirst()
        else {
            // The client's name of the tensor must not be logged.
            throw ModelRuntimeError(
                .tensorMismatch,
                subject: "inputs",
                expected: "\(expected.name) \(expected.shape)",
                found: "\(tensors.tensors.map(\.shape))"
            )
        }
        return tensor
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
    private func result(_ done: (output: Batcher.BatchOutput, timings: Timings), rows: Int) throws -> InferenceResult {
        let description = pack.card.output.tensor
        let outputs = try done.output.outputs.map { output in
            EngineOutput(
                engine: output.engine.name,
                libraryVersion: output.engine.libraryVersion,
                precision: output.engine.precision,
                tensor: Tensor(
                    name: description.name,
                    shape: [rows] + description.shape.dropFirst(),
                    elements: Array(output.scores)
                ),
                probabilities: try probabilities(output, rows: rows),
                duration: output.duration
            )
        }
        return InferenceResult(outputs: outputs, crossCheck: try compared(outputs, rows: rows), timings: done.timings)
    }

    private func probabilities(_ output: Batcher.BatchOutput.Output, rows: Int) throws -> [ProbabilityVector] {
        let count = pack.card.output.classCount
        return try (0..<rows).map { row in
            let start = output.scores.startIndex + row * count
            return try ProbabilityVector(
                output: output.scores[start..<start + count],
                activation: pack.card.output.activation,
                engine: output.engine.name
            )
        }
    }

    /// The largest difference of all rows; nil for one engine.
    private func compared(_ outputs: [EngineOutput], rows: Int) throws -> CrossCheck.Report? {
        var largest: CrossCheck.Report?
        for row in 0..<rows {
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
