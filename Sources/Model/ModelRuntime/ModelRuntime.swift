import Foundation
package import Inference
import InferenceProtocol
package import ModelPack

/// A model pack loaded into its engines: it batches requests of tensors and images, runs the engines and compares their
/// outputs.
package struct ModelRuntime: Sendable {
    /// How a model runs.
    package struct Configuration: Sendable {
        /// The engines; nil for all of this build that the pack is for.
        package var engines: [EngineKind]?
        /// How many threads one run of an engine may use.
        package var threads = ProcessorShare.ofThisMachine.engines
        /// How many images are decoded in parallel.
        package var decodingThreads = ProcessorShare.ofThisMachine.decoding
        /// The engines' arithmetic.
        package var precision = Precision.float32
        /// The most rows that run together.
        package var maximumBatch = 16
        /// How long waiting requests may wait for others that are being prepared, while no run is in progress.
        package var maximumDelay: Duration = .milliseconds(40)
        /// How long they may wait after a run, while none is being prepared, for the next requests of the same clients.
        package var maximumReturn: Duration = .milliseconds(4)
        /// The most requests that may be prepared or wait; further ones are refused at once.
        package var maximumWaiting = 128
        /// The timeout of a run; after it the model counts as stalled.
        package var runLimit: Duration = .seconds(30)
        /// The limits of images.
        package var imageLimits = ImageLimits()
        /// The most elements of an input whose card states no bound.
        package var maximumElements = 1 << 24
        /// How many classes an evaluation has.
        package var topCount = 5

        package init() {}
    }

    /// Whether a model is able to run.
    package enum Health: Sendable {
        case good
        /// A run was abandoned and has not ended; nothing runs until it does.
        case stalled
    }

    /// The loaded pack.
    package let pack: ModelPack
    /// The engines, ONNX Runtime first.
    package let engines: [any Engine]
    /// The statistics since the model was loaded.
    package let statistics = ModelStatistics()
    /// How far the self-test's results differ from the card's, for each engine; empty where no self-test ran.
    package private(set) var agreements: [Agreement] = []
    /// The configuration.
    package let configuration: Configuration
    let batcher: Batcher
    let decoder: ImageDecoder
    let workers: WorkerThreads
    /// The comparison of the classes; nil for a model without classes.
    let crossCheck: CrossCheck?
    /// Each engine's kind; nil for engines that have none, as in tests.
    let kinds: [EngineKind?]

    /// Whether it is able to run now.
    package var health: Health { batcher.isStalled ? .stalled : .good }

    /// Loads a pack into its engines and runs its self-test.
    ///
    /// - Parameters:
    ///   - pack: A verified pack.
    ///   - configuration: The engines and their settings.
    /// - Returns: A model that passed its self-test.
    /// - Throws: `runtime.precision-not-allowed` where the card has no bound for the precision, `EngineError` where an
    ///   engine does not load or lacks the precision; `selftest.…` or `crosscheck.…` where a result differs.
    package static func load(_ pack: ModelPack, configuration: Configuration) async throws -> ModelRuntime {
        let precision = configuration.precision
        guard precision == .float32 || pack.card.reducedPrecision[precision] != nil else {
            throw ModelRuntimeError(
                .precisionNotAllowed,
                subject: pack.card.name,
                expected: "a card with reducedPrecision.\(precision.rawValue)",
                found: "float32 alone"
            )
        }
        let wanted = configuration.engines ?? EngineKind.builtIn.filter { pack.card.engines.contains($0.rawValue) }
        let kinds = EngineKind.allCases.filter { wanted.contains($0) }
        for kind in kinds where pack.card.files[kind.modelFileName] == nil {
            throw ModelPackError(
                .fileMissing,
                subject: kind.modelFileName,
                expected: "weights for \(kind.rawValue)"
            )
        }
        let options = EngineOptions(threads: configuration.threads, precision: precision)
        typealias Loaded = (kind: EngineKind?, engine: any Engine)
        // In parallel, each on a thread of its own: most of the time is spent on reading a library, on one core.
        let engines = try await withThrowingTaskGroup(of: (index: Int, loaded: Loaded).self) { group in
            for (index, kind) in kinds.enumerated() {
                group.addTask { (index, (kind, try await kind.load(pack, options: options))) }
            }
            var all: [(index: Int, loaded: Loaded)] = []
            for try await one in group { all.append(one) }
            return all.sorted { $0.index < $1.index }.map(\.loaded)
        }
        var runtime = try ModelRuntime(pack: pack, kindsAndEngines: engines, configuration: configuration)
        runtime.agreements = try await SelfTest(runtime: runtime).run()
        AllocatorTrim.trim()
        return runtime
    }

    /// Joins a pack with engines that are loaded already; no self-test runs.
    ///
    /// - Throws: `runtime.engine-missing` without an engine, `runtime.engine-model-differs` where an engine's model has
    ///   another input or output than the card states, `engine.out-of-resources` without threads for decoding.
    package init(pack: ModelPack, engines: [any Engine], configuration: Configuration) throws {
        try self.init(pack: pack, kindsAndEngines: engines.map { (nil, $0) }, configuration: configuration)
    }

    private init(
        pack: ModelPack,
        kindsAndEngines: [(kind: EngineKind?, engine: any Engine)],
        configuration: Configuration
    ) throws {
        let engines = kindsAndEngines.map(\.engine)
        guard !engines.isEmpty else {
            throw ModelRuntimeError(.engineMissing, subject: "engines", expected: "at least one", found: "none")
        }
        for engine in engines {
            try Self.check(engine.inputs, against: pack.card.inputs.map(\.tensor), of: engine)
            try Self.check(engine.outputs, against: pack.card.outputs.map(\.tensor), of: engine)
        }
        self.pack = pack
        self.engines = engines
        self.configuration = configuration
        kinds = kindsAndEngines.map(\.kind)
        batcher = Batcher(
            engines: engines,
            plan: BatchPlan(pack.card),
            limits: BatchQueue.Limits(
                maximumBatch: Self.maximumBatch(of: pack.card, configuration) ?? 1,
                maximumWaiting: configuration.maximumWaiting,
                maximumDelay: configuration.maximumDelay,
                maximumReturn: configuration.maximumReturn,
                runLimit: configuration.runLimit
            ),
            statistics: statistics
        )
        crossCheck = pack.card.probabilityBound.map { CrossCheck(bound: Float($0)) }
        decoder = ImageDecoder(limits: configuration.imageLimits)
        workers = try WorkerThreads(count: configuration.decodingThreads)
    }

    private static func check(
        _ found: [TensorDescription],
        against expected: [TensorDescription],
        of engine: any Engine
    ) throws(ModelRuntimeError) {
        let text = { (tensors: [TensorDescription]) in
            tensors.map { "\($0.name) \($0.dataType.rawValue) \($0.shape)" }.joined(separator: ", ")
        }
        let isAccepted = expected.allSatisfy { card in found.contains { $0.accepts(card) } }
        guard isAccepted, found.count == expected.count else {
            throw ModelRuntimeError(
                .engineModelDiffers,
                subject: engine.name,
                expected: text(expected),
                found: text(found)
            )
        }
    }
}

extension ModelRuntime {
    /// The most rows of a request, and of those that run together; nil for a model without a batch.
    package var maximumBatch: Int? { Self.maximumBatch(of: pack.card, configuration) }

    /// How many images a request has, where the model's file fixes it; nil where a request may have fewer or more.
    package var fixedImageCount: Int? {
        guard maximumBatch == nil, let input = pack.card.imageInput else { return nil }
        return input.tensor.shape.first.flatMap { $0 == TensorDescription.anySize ? nil : $0 }
    }

    /// The engines that run, in the order of results.
    package var engineKinds: [EngineKind] { kinds.compactMap(\.self) }

    private static func maximumBatch(of card: ModelCard, _ configuration: Configuration) -> Int? {
        guard case .firstAxis(let maximum) = card.batching else { return nil }
        return min(maximum ?? configuration.maximumBatch, configuration.maximumBatch)
    }
}

extension TensorDescription {
    /// Whether every tensor that `other` describes matches this description.
    fileprivate func accepts(_ other: TensorDescription) -> Bool {
        name == other.name && dataType == other.dataType && shape.count == other.shape.count
            && zip(shape, other.shape).allSatisfy { $0 == $1 || $0 == Self.anySize }
    }
}
