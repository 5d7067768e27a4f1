package import Foundation
package import Inference
package import ModelPack

/// Measures a pack's engines on this machine, setting by setting, on inputs that are ready.
///
/// The result is an upper limit for a server, which also decodes images on the same cores.
package struct PackBenchmark: Sendable {
    /// The settings to measure.
    package struct Plan: Sendable {
        /// The engines.
        package var engines = EngineKind.builtIn
        /// The precisions.
        package var precisions = Precision.allCases
        /// The thread counts.
        package var threads =
            ProcessorShare.ofThisMachine.engines == 1 ? [1] : [1, ProcessorShare.ofThisMachine.engines]
        /// The batch sizes.
        package var batches = [1, 2, 4, 8, 16]
        /// How long each setting runs; at least three runs in any case.
        package var duration: Duration = .seconds(1)

        package init() {}
    }

    private let pack: ModelPack
    private let plan: Plan

    package init(_ pack: ModelPack, plan: Plan) {
        self.pack = pack
        self.plan = plan
    }

    /// The number of steps of `run`.
    package var stepCount: Int {
        1 + plan.engines.count * plan.precisions.count * plan.threads.count * plan.batches.count
    }

    /// Measures all settings, one after the other.
    ///
    /// A setting that an engine does not support is left out with the reason; that is not an error.
    ///
    /// - Parameters:
    ///   - image: The image to prepare and run; nil for the first of the pack's self-test, which may be of tensors.
    ///   - onStep: Called after each step.
    /// - Returns: The measurements and the recommended settings.
    /// - Throws: `ImageError` where the image is refused, `EngineError` where a run fails, and `runtime.engine-missing`
    ///   where no setting could run.
    package func run(image: Data? = nil, onStep: () -> Void) async throws -> BenchmarkReport {
        let preparation = try await measurePreparation(image)
        onStep()
        var report = BenchmarkReport(pack: pack, preparation: preparation.time)
        for kind in plan.engines {
            for precision in plan.precisions {
                for threads in plan.threads {
                    do {
                        try await measure(kind, precision, threads, preparation.inputs, into: &report, onStep: onStep)
                    } catch let error where Self.isRefusal(error) {
                        report.noteLeftOut(kind, precision, error)
                        for _ in plan.batches { onStep() }
                    }
                }
            }
        }
        guard !report.settings.isEmpty else {
            let reasons = report.leftOut.map { "\($0.engine) \($0.precision.rawValue): \($0.reason)" }
            throw ModelRuntimeError(
                .engineMissing,
                subject: "engines",
                expected: "at least one that runs",
                found: reasons.joined(separator: "; ")
            )
        }
        return report
    }

    /// The inputs of one row, or of one request of a model without a batch, and how long an image takes to become one.
    private func measurePreparation(_ given: Data?) async throws -> (inputs: [Tensor], time: Duration) {
        let stored = pack.card.selfTest.first.map { pack.location(of: $0.image) }
        guard let image = try given ?? stored.map({ try Data(contentsOf: $0) }), let port = pack.card.imageInput else {
            let test = pack.card.tensorTests[0]
            let arrangement = InputArrangement(card: pack.card, maximumElements: .max)
            let tensors = try test.inputs.map { try pack.tensor(at: $0.value, name: $0.key) }
            return (try arrangement.arrange(TensorBatch(tensors), images: nil).tensors.compactMap(\.self), .zero)
        }
        return try await WorkerThreads().run { [plan] in
            let decoder = ImageDecoder()
            let encoded = EncodedImage(bytes: image)
            var input: [Float] = []
            let times = try Self.repeated(for: plan.duration) {
                input = port.preprocessing.apply(to: try decoder.decode(encoded))
            }
            let shape = [1] + port.tensor.shape.dropFirst()
            return ([Tensor(name: port.tensor.name, shape: shape, elements: input)], times[times.count / 2])
        }
    }

    private func measure(
        _ kind: EngineKind,
        _ precision: Precision,
        _ threads: Int,
        _ inputs: [Tensor],
        into report: inout BenchmarkReport,
        onStep: () -> Void
    ) async throws {
        var configuration = ModelRuntime.Configuration()
        configuration.engines = [kind]
        configuration.precision = precision
        configuration.threads = threads
        configuration.decodingThreads = 1
        // With its self-test: a setting with wrong results must not be recommended.
        let runtime = try await ModelRuntime.load(pack, configuration: configuration)
        report.note(runtime.agreements)
        let batchPlan = BatchPlan(pack.card)
        for batch in pack.card.batching.isBatched ? plan.batches : [1] {
            let row = BatchInput(contents: inputs.map { .tensor($0) }, rows: inputs.first?.shape.first ?? 1)
            var memory: [Float] = []
            let rows = [BatchInput](repeating: row, count: batch)
            let tensors = TensorBatch(batchPlan.gather(rows, rows: batch * row.rows, into: &memory).tensors)
            let engine = runtime.engines[0]
            let times = try await Self.repeated(for: plan.duration) { _ = try await engine.run(tensors) }
            report.settings.append(
                BenchmarkReport.Setting(
                    engine: kind,
                    precision: precision,
                    threads: threads,
                    batch: batch,
                    median: times[times.count / 2],
                    ninetyNinth: times[(times.count * 99) / 100]
                )
            )
            onStep()
        }
    }

    /// Whether an error means that a setting is not supported here, and not that it failed.
    private static func isRefusal(_ error: any Error) -> Bool {
        switch error {
        case let error as EngineError:
            [.notBuilt, .libraryMissing, .libraryVersion, .precisionUnsupported].contains(error.code)
        case let error as ModelRuntimeError:
            [.precisionNotAllowed, .selfTestLabel, .selfTestProbability].contains(error.code)
        case let error as ModelPackError: error.code == .fileMissing
        default: false
        }
    }

    private static let warmUps = 2
    private static let fewestRuns = 3

    /// The durations of the runs, sorted; warm-up runs, in which the engine makes its plans, are left out.
    private static func repeated(for limit: Duration, _ work: () async throws -> Void) async throws -> [Duration] {
        for _ in 0..<warmUps { try await work() }
        let begin = ContinuousClock.now
        var times: [Duration] = []
        while times.count < fewestRuns || ContinuousClock.now - begin < limit {
            let start = ContinuousClock.now
            try await work()
            times.append(ContinuousClock.now - start)
        }
        return times.sorted()
    }

    private static func repeated(for limit: Duration, _ work: () throws -> Void) throws -> [Duration] {
        for _ in 0..<warmUps { try work() }
        let begin = ContinuousClock.now
        var times: [Duration] = []
        while times.count < fewestRuns || ContinuousClock.now - begin < limit {
            let start = ContinuousClock.now
            try work()
            times.append(ContinuousClock.now - start)
        }
        return times.sorted()
    }
}
