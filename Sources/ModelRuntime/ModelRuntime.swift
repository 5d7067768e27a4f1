import Foundation
package import Inference
package import ModelPack

/// A model pack on its engines: an image goes in, every engine's answer comes out, compared.
package struct ModelRuntime: Sendable {
    /// How a model runs.
    package struct Configuration: Sendable {
        /// The engines; all that the build contains unless said.
        package var engines = EngineKind.builtIn
        /// How many threads one run of an engine may use, and how many images are decoded side by side.
        package var threads = ProcessInfo.processInfo.activeProcessorCount
        /// How many waiting images may run together.
        package var maximumBatch = 16
        /// Which images are refused.
        package var imageLimits = ImageLimits()
        /// How many classes an answer names.
        package var topCount = 5

        package init() {}
    }

    /// The pack that runs.
    package let pack: ModelPack
    /// The engines, ONNX Runtime first.
    package let engines: [any Engine]
    private let batcher: Batcher
    private let decoder: ImageDecoder
    private let workers: WorkerThreads
    private let topCount: Int

    /// Loads a pack into its engines and runs its self-test.
    ///
    /// - Parameters:
    ///   - pack: A pack whose files were checked.
    ///   - configuration: The engines and how they run.
    /// - Returns: A model that gave every answer of its self-test.
    /// - Throws: `EngineError` where an engine does not load; `selftest.…` or `crosscheck.…` where an answer differs.
    package static func load(_ pack: ModelPack, configuration: Configuration) async throws -> ModelRuntime {
        var engines: [any Engine] = []
        for kind in EngineKind.allCases where configuration.engines.contains(kind) {
            guard pack.card.files[kind.modelFileName] != nil else {
                throw ModelPackError(
                    .fileMissing,
                    subject: kind.modelFileName,
                    expected: "weights for \(kind.rawValue)"
                )
            }
            engines.append(try await kind.load(pack, options: EngineOptions(threads: configuration.threads)))
        }
        let runtime = try ModelRuntime(pack: pack, engines: engines, configuration: configuration)
        try await SelfTest(runtime: runtime).run()
        return runtime
    }

    /// Joins a pack with engines that are loaded already; nothing is tested.
    ///
    /// - Throws: `runtime.engine-missing` without an engine, `runtime.engine-model-differs` where an engine's model does
    ///   not take and give what the card states, `engine.out-of-resources` without threads to decode on.
    package init(pack: ModelPack, engines: [any Engine], configuration: Configuration) throws {
        guard !engines.isEmpty else {
            throw ModelRuntimeError(.engineMissing, subject: "engines", expected: "at least one", found: "none")
        }
        for engine in engines {
            try Self.check(engine.inputs, against: pack.card.input.tensor, of: engine)
            try Self.check(engine.outputs, against: pack.card.output.tensor, of: engine)
        }
        self.pack = pack
        self.engines = engines
        batcher = Batcher(
            engines: engines,
            input: pack.card.input.tensor,
            output: pack.card.output.tensor,
            maximumBatch: configuration.maximumBatch
        )
        decoder = ImageDecoder(limits: configuration.imageLimits)
        workers = try WorkerThreads(count: configuration.threads)
        topCount = configuration.topCount
    }

    /// Classifies one image.
    ///
    /// - Parameter image: A JPEG or PNG file.
    /// - Returns: Every engine's answer, after they were found to agree.
    /// - Throws: `ImageError` where the image is refused, `crosscheck.…` where the engines do not agree, `EngineError`
    ///   where one fails, `CancellationError` where the caller gave up.
    package func classify(_ image: EncodedImage) async throws -> Classification {
        try await classify(image, decodedBy: decoder)
    }

    /// Classifies one image within the bounds of a decoder of the caller's.
    func classify(_ image: EncodedImage, decodedBy decoder: ImageDecoder) async throws -> Classification {
        let clock = ContinuousClock()
        let start = clock.now
        let input = try await workers.run { [pack] in
            let pixels = try decoder.decode(image)
            return pack.card.preprocessing.apply(to: pixels)
        }
        let prepared = clock.now
        let outputs = try await batcher.run(input)
        let inferred = clock.now
        let vectors = try outputs.map { output in
            (
                name: output.engine,
                vector: try ProbabilityVector(
                    output: output.scores,
                    activation: pack.card.output.activation,
                    engine: output.engine
                )
            )
        }
        let report = try CrossCheck(bound: Float(pack.card.crossCheck.maximumProbabilityDifference)).compare(vectors)
        return Classification(
            answers: zip(outputs, vectors).map { output, vector in
                EngineAnswer(
                    engine: output.engine,
                    libraryVersion: output.libraryVersion,
                    top: vector.vector.top(topCount, labels: pack.labels),
                    duration: output.duration
                )
            },
            crossCheck: report,
            timings: Classification.Timings(
                preparation: prepared - start,
                inference: inferred - prepared,
                batchSize: outputs.first?.batchSize ?? 1
            )
        )
    }

    private static func check(
        _ found: [TensorDescription],
        against expected: TensorDescription,
        of engine: any Engine
    ) throws(ModelRuntimeError) {
        guard let tensor = found.first, found.count == 1, tensor.accepts(expected) else {
            throw ModelRuntimeError(
                .engineModelDiffers,
                subject: engine.name,
                expected: "\(expected.name) \(expected.dataType.rawValue) \(expected.shape)",
                found: found.map { "\($0.name) \($0.dataType.rawValue) \($0.shape)" }.joined(separator: ", ")
            )
        }
    }
}

extension TensorDescription {
    /// Whether every tensor that `other` describes fits this description.
    fileprivate func accepts(_ other: TensorDescription) -> Bool {
        name == other.name && dataType == other.dataType && shape.count == other.shape.count
            && zip(shape, other.shape).allSatisfy { $0 == $1 || $0 == Self.anySize }
    }
}
