#if Onnx
import Foundation
import Inference
import InferenceProtocol
import OnnxEngine
import TestSupport
import Testing

@Suite(.enabled(if: OutsideTool.python.isReady, "Scripts/setup.sh test brings Python with ONNX Runtime"))
struct OnnxTypeTests {
    /// What the Python package answers to a model of one datatype.
    private struct Case: Decodable {
        let datatype: TensorDatatype
        let bytes: [UInt8]
        let numbers: [Float]
    }

    @Test func `takes and gives every datatype as Python does`() async throws {
        let models = try await OnnxModels.shared.value
        let cases = try JSONDecoder().decode(
            [Case].self,
            from: Data(contentsOf: URL(filePath: models.path("types.json")))
        )
        #expect(cases.count == 12)
        for example in cases {
            let content: TensorElements =
                example.datatype == .bytes
                ? .strings([Array("1.5".utf8), Array("-2.25".utf8)]) : .raw(example.bytes, example.datatype)
            let engine = try await OnnxModels.engine("type-\(example.datatype.rawValue)")
            #expect(engine.inputs[0].dataType == example.datatype)
            let answer = try await engine.run(TensorBatch([Tensor(name: "x", shape: [1, 2], content: content)]))
            #expect(answer["same"]?.content == content, "\(example.datatype)")
            #expect(answer["number"]?.elements == example.numbers, "\(example.datatype)")
        }
    }

    @Test func `takes bfloat16 by its bits`() async throws {
        let engine = try await OnnxModels.engine("type-BF16")
        let content = TensorElements.raw([0xc0, 0x3f, 0x10, 0xc0], .bfloat16)
        let answer = try await engine.run(TensorBatch([Tensor(name: "x", shape: [1, 2], content: content)]))
        #expect(answer["same"]?.content == content)
        #expect(answer["number"]?.elements == [1.5, -2.25])
    }

    @Test func `passes empty strings and many strings, and refuses a zero byte that the library would cut at`()
        async throws
    {
        let engine = try await OnnxModels.engine("type-BYTES")
        let numbers = TensorElements.strings((0..<2000).map { Array("\($0)".utf8) })
        let answer = try await engine.run(TensorBatch([Tensor(name: "x", shape: [1000, 2], content: numbers)]))
        #expect(answer["same"]?.content == numbers)
        #expect(answer["number"]?.elements == (0..<2000).map { Float($0) })
        let cut = Tensor(name: "x", shape: [1, 2], content: .strings([[0x31, 0, 0x32], [0x31]]))
        let error = await #expect(throws: EngineError.self) { try await engine.run(TensorBatch([cut])) }
        #expect(error?.code == .dataTypeUnsupported && error?.subject == "x")
    }

    @Test func `runs a model whose first dimensions are no batch, with a scalar`() async throws {
        let path = try await OnnxModels.shared.value.path("recurrent.onnx")
        let engine = try await OnnxEngine.load(model: path, options: EngineOptions(threads: 1), isBatched: false)
        #expect(engine.inputs.map(\.shape) == [[-1, -1], [2, -1, 4], []])
        let rate = Tensor(name: "rate", shape: [], content: .raw([3, 0, 0, 0, 0, 0, 0, 0], .int64))
        let state = Tensor(name: "state", shape: [2, 1, 4], elements: [1, 2, 3, 4, 5, 6, 7, 8])
        let input = Tensor(name: "input", shape: [1, 2], elements: [0.5, -1])
        let answer = try await engine.run(TensorBatch([rate, state, input]))
        #expect(answer["output"] == Tensor(name: "output", shape: [1, 2], elements: [1.5, -3]))
        #expect(answer["stateN"]?.elements == [-1, -2, -3, -4, -5, -6, -7, -8])
        let wrong = Tensor(name: "rate", shape: [], elements: [3])
        let error = await #expect(throws: EngineError.self) {
            try await engine.run(TensorBatch([wrong, state, input]))
        }
        #expect(error?.code == .dataTypeUnsupported && error?.expected == "INT64" && error?.found == "FP32")
    }
}
#endif
