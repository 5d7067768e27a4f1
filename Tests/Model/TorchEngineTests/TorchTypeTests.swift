#if Torch
import Inference
import InferenceProtocol
import TestSupport
import Testing
import TorchEngine

@Suite(.enabled(if: OutsideTool.python.isReady, "Scripts/setup.sh test brings Python with PyTorch"))
struct TorchTypeTests {
    @Test(arguments: TensorDatatype.allCases.filter { $0 != .bytes })
    func `takes and gives every datatype`(type: TensorDatatype) async throws {
        let engine = try await TorchEngine.load(
            model: TorchModels.shared.value.path("typed.pt"),
            inputs: [TensorDescription(name: "x", dataType: type, shape: [-1, 2])],
            outputs: [
                TensorDescription(name: "same", dataType: type, shape: [-1, 2]),
                TensorDescription(name: "number", dataType: .float32, shape: [-1, 2]),
            ],
            options: EngineOptions(threads: 1)
        )
        let content = Self.zeroAndOne(type)
        let answer = try await engine.run(TensorBatch([Tensor(name: "x", shape: [1, 2], content: content)]))
        #expect(answer["same"]?.content == content)
        #expect(answer["number"]?.elements == [0, 1])
    }

    @Test func `refuses an output of another type than the card states`() async throws {
        let description = TensorDescription(name: "x", dataType: .float64, shape: [-1, 2])
        let engine = try await TorchEngine.load(
            model: TorchModels.shared.value.path("typed.pt"),
            inputs: [description],
            outputs: [description, TensorDescription(name: "number", dataType: .int64, shape: [-1, 2])],
            options: EngineOptions(threads: 1)
        )
        let batch = TensorBatch([Tensor(name: "x", shape: [1, 2], content: Self.zeroAndOne(.float64))])
        let error = await #expect(throws: EngineError.self) { try await engine.run(batch) }
        #expect(error?.code == .dataTypeUnsupported && error?.subject == "number" && error?.found == "FP32")
    }

    @Test(arguments: [("listed", ["first", "second"]), ("dictionary", ["y"])])
    func `takes the tensors out of a list and a dictionary`(model: String, names: [String]) async throws {
        let engine = try await Self.engine(model, outputs: names)
        let row = TensorBatch([Tensor(name: "x", shape: [1, 3], elements: [1, 2, 3])])
        let answer = try await engine.run(row)
        #expect(answer.tensors.map(\.elements) == [[1, 2, 3], [2, 3, 4]].prefix(names.count).map(\.self))
    }

    @Test(arguments: [("listed", ["only"]), ("dictionary", ["another"])])
    func `refuses a run that gives other tensors than the card names`(model: String, names: [String]) async throws {
        let engine = try await Self.engine(model, outputs: names)
        let row = TensorBatch([Tensor(name: "x", shape: [1, 3], elements: [1, 2, 3])])
        let error = await #expect(throws: EngineError.self) { try await engine.run(row) }
        #expect(error?.code == .shapeMismatch)
    }

    @Test func `gives an argument that is a number the one element of a tensor`() async throws {
        let engine = try await TorchEngine.load(
            model: TorchModels.shared.value.path("number.pt"),
            inputs: [
                TensorDescription(name: "x", dataType: .float32, shape: [-1, 3]),
                TensorDescription(name: "n", dataType: .int64, shape: []),
            ],
            outputs: [TensorDescription(name: "y", dataType: .float32, shape: [-1, 3])],
            isBatched: false,
            options: EngineOptions(threads: 1)
        )
        let answer = try await engine.run(
            TensorBatch([
                Tensor(name: "x", shape: [1, 3], elements: [1, 2, 3]),
                Tensor(name: "n", shape: [], content: .raw([5, 0, 0, 0, 0, 0, 0, 0], .int64)),
            ])
        )
        #expect(answer["y"]?.elements == [5, 10, 15])
    }

    private static func engine(_ model: String, outputs: [String]) async throws -> TorchEngine {
        try await TorchEngine.load(
            model: TorchModels.shared.value.path("\(model).pt"),
            inputs: [TensorDescription(name: "x", dataType: .float32, shape: [-1, 3])],
            outputs: outputs.map { TensorDescription(name: $0, dataType: .float32, shape: [-1, 3]) },
            options: EngineOptions(threads: 1)
        )
    }

    private static func zeroAndOne(_ type: TensorDatatype) -> TensorElements {
        switch type {
        case .float32: return .floats([0, 1])
        case .float16: return .raw([0, 0, 0x00, 0x3c], type)
        case .bfloat16: return .raw([0, 0, 0x80, 0x3f], type)
        case .float64: return .raw([UInt8](repeating: 0, count: 14) + [0xf0, 0x3f], type)
        default:
            let width = type.byteWidth ?? 1
            return .raw((0..<2 * width).map { $0 == width ? 1 : 0 }, type)
        }
    }
}
#endif
