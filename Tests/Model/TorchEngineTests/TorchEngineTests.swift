#if Torch
import Foundation
import Inference
import InferenceProtocol
import TestSupport
import Testing
import TorchEngine

@Suite(.enabled(if: OutsideTool.python.isReady, "Scripts/setup.sh test brings Python with PyTorch"))
struct TorchEngineTests {
    private let row = TensorBatch([Tensor(name: "x", shape: [1, 3], elements: [1, 2, 3])])
    private let rows = TensorBatch([Tensor(name: "x", shape: [2, 3], elements: [1, 2, 3, 4, 5, 6])])

    @Test(arguments: ["linear", "convolution", "traced", "frozen", "pair", "scribbler", "echo"])
    func `answers what Python answers at every batch size`(model: String) async throws {
        let cases = try await TorchModels.shared.value.cases.filter { $0.model == model }
        #expect(cases.map { $0.inputs[0].shape[0] } == [1, 2, 3, 7, 16])
        let engine = try await TorchModels.engine(model)
        // Twice, because the interpreter makes its plan at the first run.
        for example in cases + cases {
            let inputs = example.inputs.map(\.tensor)
            let answer = try await engine.run(TensorBatch(inputs))
            #expect(inputs == example.inputs.map(\.tensor), "the caller's numbers are the caller's")
            #expect(answer.tensors.map(\.name) == example.outputs.map(\.name))
            for (given, expected) in zip(answer.tensors, example.outputs) {
                #expect(given.shape == expected.shape)
                let differences = zip(given.elements, expected.elements).map { abs($0 - $1) }
                #expect((differences.max() ?? 0) <= 1e-6)
            }
        }
    }

    @Test func `says what it was told, and which library runs it`() async throws {
        let engine = try await TorchModels.engine("convolution")
        #expect(engine.inputs == [TensorDescription(name: "x0", dataType: .float32, shape: [-1, 3, 16, 16])])
        #expect(engine.outputs == [TensorDescription(name: "y0", dataType: .float32, shape: [-1, 10])])
        #expect(engine.name == "PyTorch")
        #expect(engine.libraryVersion.hasPrefix("2."))
    }

    @Test func `hands on numbers that are not finite`() async throws {
        let engine = try await TorchModels.simple(TorchModels.shared.value.path("infinite.pt"))
        let numbers = try #require(try await engine.run(row)["y"]?.elements)
        #expect(numbers == [.infinity, .infinity, .infinity])
    }

    @Test(arguments: [
        ("a missing input", [("x0", [1, 3])]),
        ("an unknown input", [("x0", [1, 3]), ("x1", [1, 3]), ("x2", [1, 3])]),
        ("an input twice", [("x0", [1, 3]), ("x1", [1, 3]), ("x0", [1, 3])]),
        ("another size", [("x0", [1, 4]), ("x1", [1, 3])]),
        ("another rank", [("x0", [3]), ("x1", [1, 3])]),
        ("no rows", [("x0", [0, 3]), ("x1", [0, 3])]),
        ("two batch sizes", [("x0", [2, 3]), ("x1", [1, 3])]),
    ])
    func `refuses a batch that does not fit`(_ what: String, tensors: [(String, [Int])]) async throws {
        let engine = try await TorchModels.engine("pair", threads: 1)
        let batch = TensorBatch(
            tensors.map { name, shape in
                Tensor(name: name, shape: shape, elements: [Float](repeating: 0, count: shape.reduce(1, *)))
            }
        )
        let error = await #expect(throws: EngineError.self, "\(what)") { try await engine.run(batch) }
        #expect(error?.code == .shapeMismatch, "\(what)")
    }

    @Test func `survives a module that throws`() async throws {
        let engine = try await TorchModels.simple(TorchModels.shared.value.path("thrower.pt"))
        let error = await #expect(throws: EngineError.self) { try await engine.run(rows) }
        #expect(error?.code == .runFailed)
        #expect(error?.found?.contains("more than one") == true)
        #expect(try await engine.run(row)["y"]?.elements == [1, 2, 3])
    }

    @Test func `refuses an output of another type or batch size`() async throws {
        let whole = try await TorchModels.simple(TorchModels.shared.value.path("whole.pt"))
        #expect(await #expect(throws: EngineError.self) { try await whole.run(row) }?.code == .dataTypeUnsupported)
        let collapsing = try await TorchModels.simple(TorchModels.shared.value.path("collapsing.pt"))
        #expect(try await collapsing.run(row)["y"]?.elements == [1, 2, 3])
        #expect(await #expect(throws: EngineError.self) { try await collapsing.run(rows) }?.code == .shapeMismatch)
    }

    @Test func `serves 64 tasks at once`() async throws {
        let engine = try await TorchModels.engine("pair")
        try await withThrowingTaskGroup { group in
            for index in 0..<64 {
                group.addTask {
                    let count = index % 5 + 1
                    let left = [Float](repeating: Float(index), count: count * 3)
                    let right = [Float](repeating: 1000, count: count * 3)
                    let answer = try await engine.run(
                        TensorBatch([
                            Tensor(name: "x0", shape: [count, 3], elements: left),
                            Tensor(name: "x1", shape: [count, 3], elements: right),
                        ])
                    )
                    #expect(answer["y0"]?.elements == left.map { $0 + 1000 })
                    #expect(answer["y1"]?.elements == left.map { $0 - 1000 })
                }
            }
            try await group.waitForAll()
        }
    }
}
#endif
