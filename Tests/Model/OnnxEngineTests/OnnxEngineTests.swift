#if Onnx
import Foundation
import Inference
import InferenceProtocol
import OnnxEngine
import TestSupport
import Testing

@Suite(.enabled(if: OutsideTool.python.isReady, "Scripts/setup.sh test brings Python with ONNX Runtime"))
struct OnnxEngineTests {
    @Test(arguments: ["linear", "convolution", "pair"])
    func `answers what Python answers, bit for bit, at every batch size`(model: String) async throws {
        let cases = try await OnnxModels.shared.value.cases.filter { $0.model == model }
        #expect(cases.map { $0.inputs[0].shape[0] } == [1, 2, 3, 7, 16])
        let engine = try await OnnxModels.engine(model)
        for example in cases {
            let answer = try await engine.run(TensorBatch(example.inputs.map(\.tensor)))
            #expect(answer.tensors == example.outputs.map(\.tensor))
        }
    }

    @Test func `says what the model takes and gives, and which library runs it`() async throws {
        let engine = try await OnnxModels.engine("convolution")
        #expect(engine.inputs == [TensorDescription(name: "x", dataType: .float32, shape: [-1, 3, 16, 16])])
        #expect(engine.outputs == [TensorDescription(name: "logits", dataType: .float32, shape: [-1, 10])])
        #expect(engine.name == "ONNX Runtime")
        #expect(engine.libraryVersion.hasPrefix("1."))
    }

    @Test func `takes inputs in any order`() async throws {
        let engine = try await OnnxModels.engine("pair")
        let left = Tensor(name: "left", shape: [1, 3], elements: [1, 2, 3])
        let right = Tensor(name: "right", shape: [1, 3], elements: [10, 20, 30])
        let answer = try await engine.run(TensorBatch([right, left]))
        #expect(answer["difference"]?.elements == [-9, -18, -27])
    }

    @Test func `hands on numbers that are not finite`() async throws {
        let engine = try await OnnxModels.engine("infinite")
        let answer = try await engine.run(TensorBatch([Tensor(name: "x", shape: [1, 3], elements: [1, -1, 0])]))
        let numbers = try #require(answer["y"]?.elements)
        #expect(numbers[0] == .infinity && numbers[1] == -.infinity && numbers[2].isNaN)
    }

    @Test(arguments: [
        ("a missing input", [("left", [1, 3])]),
        ("an unknown input", [("left", [1, 3]), ("right", [1, 3]), ("middle", [1, 3])]),
        ("an input twice", [("left", [1, 3]), ("right", [1, 3]), ("left", [1, 3])]),
        ("another size", [("left", [1, 4]), ("right", [1, 3])]),
        ("another rank", [("left", [3]), ("right", [1, 3])]),
        ("one more dimension", [("left", [1, 3, 1]), ("right", [1, 3])]),
        ("a scalar", [("left", []), ("right", [1, 3])]),
        ("no rows", [("left", [0, 3]), ("right", [0, 3])]),
        ("two batch sizes", [("left", [2, 3]), ("right", [1, 3])]),
    ])
    func `refuses a batch that does not fit`(_ what: String, tensors: [(String, [Int])]) async throws {
        let engine = try await OnnxModels.engine("pair", threads: 1)
        let batch = TensorBatch(
            tensors.map { name, shape in
                Tensor(name: name, shape: shape, elements: [Float](repeating: 0, count: shape.reduce(1, *)))
            }
        )
        let error = await #expect(throws: EngineError.self, "\(what)") { try await engine.run(batch) }
        #expect(error?.code == .shapeMismatch, "\(what)")
    }

    @Test func `refuses another batch size than a model of a fixed one has`() async throws {
        let engine = try await OnnxModels.engine("fixed")
        #expect(engine.inputs[0].shape == [2, 3])
        let three = Tensor(name: "x", shape: [3, 3], elements: [Float](repeating: 1, count: 9))
        let error = await #expect(throws: EngineError.self) { try await engine.run(TensorBatch([three])) }
        #expect(error?.code == .shapeMismatch)
        #expect(error?.expected == "[2, 3]" && error?.found == "[3, 3]")
    }

    @Test func `refuses an output of another batch size than its input`() async throws {
        let engine = try await OnnxModels.engine("collapses")
        let one = Tensor(name: "x", shape: [1, 3], elements: [1, 2, 3])
        #expect(try await engine.run(TensorBatch([one]))["y"]?.elements == [1, 2, 3])
        let two = Tensor(name: "x", shape: [2, 3], elements: [1, 2, 3, 4, 5, 6])
        let error = await #expect(throws: EngineError.self) { try await engine.run(TensorBatch([two])) }
        #expect(error?.code == .shapeMismatch && error?.subject == "y")
    }

    @Test func `survives a run that the library refuses`() async throws {
        let engine = try await OnnxModels.engine("fails")
        let five = Tensor(name: "x", shape: [1, 5], elements: [1, 2, 3, 4, 5])
        let error = await #expect(throws: EngineError.self) { try await engine.run(TensorBatch([five])) }
        #expect(error?.code == .runFailed)
        #expect(error?.found?.isEmpty == false)
        let six = Tensor(name: "x", shape: [6, 1], elements: [1, 2, 3, 4, 5, 6])
        #expect(try await engine.run(TensorBatch([six]))["y"]?.elements == [1, 2, 3, 4, 5, 6])
    }

    @Test func `serves 64 tasks at once`() async throws {
        let engine = try await OnnxModels.engine("convolution")
        let cases = try await OnnxModels.shared.value.cases.filter { $0.model == "convolution" }
        try await withThrowingTaskGroup { group in
            for index in 0..<64 {
                let example = cases[index % cases.count]
                group.addTask {
                    let answer = try await engine.run(TensorBatch(example.inputs.map(\.tensor)))
                    #expect(answer.tensors == example.outputs.map(\.tensor))
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `reports to nobody`() async throws {
        let engine = try await OnnxModels.engine("linear")
        let x = Tensor(name: "x", shape: [1, 5], elements: [1, 2, 3, 4, 5])
        _ = try await engine.run(TensorBatch([x]))
        #expect(ProcessInfo.processInfo.environment["ORT_DISABLE_TELEMETRY"] == "1")
        // The library's own reporting keeps a database open in the home folder.
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
        #expect(open.filter { $0.contains("onnxruntime.db") }.isEmpty)
    }
}
#endif
