import Diagnostics
import Foundation
import Inference
import ModelPack
import TestSupport
import Testing

@testable import ModelRuntime

@Suite(.timeLimit(.minutes(2))) struct InferenceTests {
    private let pack: ModelPack
    private let image: EncodedImage

    init() throws {
        pack = try ModelPack(opening: ProjectFolder.root.appending(path: "Models/signal-flags"))
        image = EncodedImage(bytes: try Data(contentsOf: pack.location(of: pack.card.selfTest[0].image)))
    }

    @Test func `gives tensors their rows as the engine gave them`() async throws {
        let runtime = try runtime([engine(), engine("second")])
        let result = try await runtime.infer(tensors([1, 2]), options: InferenceOptions())
        #expect(result.outputs.map(\.engine) == ["first", "second"])
        let output = try #require(result.outputs.first)
        #expect(output.tensors[0].name == "logits")
        #expect(output.tensors[0].shape == [2, pack.labels.count])
        #expect(output.tensors[0].elements.first == 1)
        #expect(output.tensors[0].elements[pack.labels.count] == 2)
        #expect(output.probabilities.count == 2)
        #expect(output.probabilities.allSatisfy { abs($0.values.reduce(0, +) - 1) < 1e-5 })
        #expect(result.crossCheck?.maximumProbabilityDifference == 0)
    }

    @Test func `gives several images of one request together`() async throws {
        let engine = engine()
        let runtime = try runtime([engine])
        let result = try await runtime.infer([image, image, image], options: InferenceOptions())
        #expect(result.outputs[0].tensors[0].shape[0] == 3)
        #expect(result.timings.batchSize == 3)
        #expect(engine.batchSizes == [3])
        #expect(result.crossCheck == nil)
    }

    @Test(arguments: [[1, 3, 96, 95], [1, 3, 96], [3, 96, 96]])
    func `refuses a tensor of another shape than the card states`(shape: [Int]) async throws {
        let runtime = try runtime([engine()])
        let count = shape.reduce(1, *)
        let tensor = Tensor(name: "input", shape: shape, elements: [Float](repeating: 0, count: count))
        let error = await #expect(throws: ModelRuntimeError.self) {
            try await runtime.infer(TensorBatch([tensor]), options: InferenceOptions())
        }
        #expect(error?.code == .tensorMismatch)
    }

    @Test func `refuses a tensor of another name, without repeating it`() async throws {
        let runtime = try runtime([engine()])
        let tensor = Tensor(name: "secret", shape: [1, 3, 96, 96], elements: [Float](repeating: 0, count: 27_648))
        let error = await #expect(throws: ModelRuntimeError.self) {
            try await runtime.infer(TensorBatch([tensor]), options: InferenceOptions())
        }
        #expect(error?.code == .tensorMismatch)
        #expect(error.map { "\($0)".contains("secret") } == false)
    }

    @Test func `refuses more rows than run together, and none`() async throws {
        let runtime = try runtime([engine()]) { $0.maximumBatch = 2 }
        for images in [[], [image, image, image]] {
            let error = await #expect(throws: ModelRuntimeError.self) {
                try await runtime.infer(images, options: InferenceOptions())
            }
            #expect(error?.code == .batchTooLarge)
        }
    }

    @Test func `refuses an engine that the model does not run on`() async throws {
        let runtime = try runtime([engine()])
        var options = InferenceOptions()
        options.engines = [.torch]
        let error = await #expect(throws: ModelRuntimeError.self) { try await runtime.infer([image], options: options) }
        #expect(error?.code == .engineMissing)
    }

    @Test func `does not decode for a request that came too late`() async throws {
        let runtime = try runtime([engine()])
        var options = InferenceOptions()
        options.deadline = Deadline(in: .zero)
        let broken = EncodedImage(bytes: Data("no image".utf8))
        let error = await #expect(throws: ModelRuntimeError.self) {
            try await runtime.infer([broken], options: options)
        }
        #expect(error?.code == .deadlinePassed)
        #expect(runtime.statistics.snapshot.expired == 1)
    }

    @Test func `refuses at once what may not wait, and counts what became of each`() async throws {
        let gate = Gate()
        let runtime = try runtime([engine { _ in await gate.pass() }]) { $0.maximumWaiting = 1 }
        let running = Task { try await runtime.infer(tensors([1]), options: InferenceOptions()) }
        while runtime.batcher.isIdle { await Task.yield() }
        let waiting = Task { try await runtime.infer(tensors([2]), options: InferenceOptions()) }
        while runtime.batcher.waitingCount == 0 { await Task.yield() }
        let error = await #expect(throws: ModelRuntimeError.self) {
            try await runtime.infer(tensors([3]), options: InferenceOptions())
        }
        #expect(error?.code == .queueFull)
        #expect(error?.retryAfter != nil)
        #expect(runtime.statistics.snapshot.pending == 2)
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        await gate.open()
        _ = try await running.value
        let counters = runtime.statistics.snapshot
        #expect(counters.success.count == 1 && counters.fail.count == 2)
        #expect(counters.rejected == 1 && counters.cancelled == 1 && counters.pending == 0)
        #expect(counters.inferenceCount == 1 && counters.executionCount == 1)
        #expect(counters.batches.map(\.size) == [1])
        #expect(counters.lastInferenceInMilliseconds > 1_700_000_000_000)
    }

    @Test func `goes on where images cannot be decoded`() async throws {
        let runtime = try runtime([engine()]) { $0.maximumWaiting = 1 }
        for _ in 0..<3 {
            await #expect(throws: ImageError.self) {
                try await runtime.infer([EncodedImage(bytes: Data("no image".utf8))], options: InferenceOptions())
            }
        }
        #expect(try await runtime.infer([image], options: InferenceOptions()).outputs.count == 1)
    }

    @Test func `shows nothing where the engines do not agree on one of many rows`() async throws {
        let other = FakeEngine(
            name: "other",
            inputs: [pack.card.inputs[0].tensor],
            outputs: [pack.card.outputs[0].tensor]
        )
        let runtime = try runtime([engine(scale: 2), other])
        let error = await #expect(throws: ModelRuntimeError.self) {
            try await runtime.infer(tensors([0, 0, 3]), options: InferenceOptions())
        }
        #expect(error?.code == .probabilitiesDiffer)
        #expect(runtime.statistics.snapshot.engineFailures == 1)
    }

    private func engine(
        _ name: String = "first",
        scale: Float = 1,
        work: @escaping @Sendable (Int) async throws -> Void = { _ in }
    ) -> FakeEngine {
        FakeEngine(
            name: name,
            inputs: [pack.card.inputs[0].tensor],
            outputs: [pack.card.outputs[0].tensor],
            scale: scale,
            work: work
        )
    }

    private func runtime(
        _ engines: [FakeEngine],
        change: (inout ModelRuntime.Configuration) -> Void = { _ in }
    ) throws -> ModelRuntime {
        var configuration = ModelRuntime.Configuration()
        configuration.decodingThreads = 1
        change(&configuration)
        return try ModelRuntime(pack: pack, engines: engines, configuration: configuration)
    }

    /// One row for each sum.
    private func tensors(_ sums: [Float]) -> TensorBatch {
        let count = 3 * 96 * 96
        let elements = sums.flatMap { [$0] + [Float](repeating: 0, count: count - 1) }
        return TensorBatch([Tensor(name: "input", shape: [sums.count, 3, 96, 96], elements: elements)])
    }
}
