import Foundation
import Inference
import ModelPack
import ModelRuntime
import TestSupport
import Testing

@Suite(.enabled(if: OutsideTool.python.isReady, "run Scripts/setup.sh test"))
struct ModelRuntimeTests {
    private static let pack = ProjectFolder.root.appending(path: "Models/signal-flags")

    @Test func `passes its own self-test and agrees with itself`() async throws {
        let pack = try ModelPack(opening: Self.pack)
        let runtime = try await ModelRuntime.load(pack, configuration: ModelRuntime.Configuration())
        let item = try #require(pack.card.selfTest.first)
        let result = try await runtime.infer([try Self.image(item, of: pack)], options: InferenceOptions())
        #expect(result.outputs.map(\.engine) == ["ONNX Runtime", "PyTorch"])
        for output in result.outputs {
            let best = try #require(output.probabilities.first?.top(1).first)
            #expect(pack.labels[best.index] == item.label)
        }
        let check = try #require(result.crossCheck)
        #expect(check.maximumProbabilityDifference <= check.bound)
    }

    /// One engine has a weight that the other has not: nothing may be answered.
    @Test(arguments: [("all", ModelRuntimeError.Code.topAnswersDiffer), ("one", .probabilitiesDiffer)])
    func `answers nothing where one engine has a wrong weight`(change: String, code: ModelRuntimeError.Code)
        async throws
    {
        let folder = try TemporaryFolder()
        let pack = try ModelPack(opening: Self.pack)
        let wrong = folder.url.appending(path: "model.onnx")
        try await Self.changeWeight(change, from: pack.location(of: "model.onnx"), to: wrong)
        let options = EngineOptions(threads: 1)
        let runtime = try ModelRuntime(
            pack: pack,
            engines: [
                try await EngineKind.onnx.load(wrong.path, of: pack, options: options),
                try await EngineKind.torch.load(pack, options: options),
            ],
            configuration: ModelRuntime.Configuration()
        )
        let item = try #require(pack.card.selfTest.first)
        let error = await #expect(throws: ModelRuntimeError.self) {
            try await runtime.infer([try Self.image(item, of: pack)], options: InferenceOptions())
        }
        #expect(error?.code == code)
    }

    @Test func `refuses a model that takes or gives something else than the card states`() async throws {
        let pack = try ModelPack(opening: Self.pack)
        let engine = FakeEngine(inputs: [pack.card.inputs[0].tensor], outputs: [pack.card.inputs[0].tensor])
        let error = #expect(throws: ModelRuntimeError.self) {
            try ModelRuntime(pack: pack, engines: [engine], configuration: ModelRuntime.Configuration())
        }
        #expect(error?.code == .engineModelDiffers)
    }

    private static func image(_ item: ModelCard.SelfTestCase, of pack: ModelPack) throws -> EncodedImage {
        EncodedImage(bytes: try Data(contentsOf: pack.location(of: item.image)), declaredName: item.image)
    }

    /// Writes a model whose last layer adds a little to one class, or a lot to another.
    private static func changeWeight(_ change: String, from original: URL, to changed: URL) async throws {
        let program = """
            import sys, numpy, onnx
            from onnx import numpy_helper
            model = onnx.load(sys.argv[1])
            last = [node for node in model.graph.node if node.op_type == "Gemm"][-1]
            weight = next(item for item in model.graph.initializer if item.name == last.input[2])
            values = numpy_helper.to_array(weight).copy()
            if sys.argv[3] == "all": values[25] += 1000
            else: values[0] -= 1
            weight.CopyFrom(numpy_helper.from_array(values, weight.name))
            onnx.save(model, sys.argv[2])
            """
        let output = try await OutsideTool.python.run(["-c", program, original.path, changed.path, change])
        try #require(output.status == 0, "\(output.standardError)")
    }
}
