import Foundation
import Inference
import InferenceProtocol
import TestSupport
import TorchEngine

/// The small modules that `Fixtures/models.py` writes, and what Python answers to them.
struct TorchModels: Sendable {
    /// One question and its answer.
    struct Case: Decodable, Sendable {
        let model: String
        let inputs: [Listed]
        let outputs: [Listed]
    }

    /// A tensor as the script writes it.
    struct Listed: Decodable, Sendable {
        let name: String
        let shape: [Int]
        let elements: [Float]

        var tensor: Tensor { Tensor(name: name, shape: shape, elements: elements) }
        /// What a caller would say of it: the batch is open.
        var description: TensorDescription {
            TensorDescription(name: name, dataType: .float32, shape: [TensorDescription.anySize] + shape.dropFirst())
        }
    }

    /// Made once for all tests; an error of the script is every test's error.
    static let shared = Task { try await TorchModels() }

    let folder: TemporaryFolder
    let cases: [Case]

    private init() async throws {
        folder = try TemporaryFolder()
        let script = ProjectFolder.root.appending(path: "Tests/Model/TorchEngineTests/Fixtures/models.py")
        let output = try await OutsideTool.python.run([script.path, folder.url.path])
        guard output.status == 0 else {
            throw EngineError(.runFailed, subject: "models.py", found: output.standardError)
        }
        let data = try Data(contentsOf: folder.url.appending(path: "expectations.json"))
        cases = try JSONDecoder().decode([Case].self, from: data)
    }

    /// A module's path.
    func path(_ name: String) -> String {
        folder.url.appending(path: name).path
    }

    /// An engine with a module of the script that has expectations.
    static func engine(
        _ name: String,
        threads: Int = 2,
        precision: Precision = .float32
    ) async throws -> TorchEngine {
        guard let example = try await shared.value.cases.first(where: { $0.model == name }) else {
            throw EngineError(.modelUnreadable, subject: name)
        }
        return try await TorchEngine.load(
            model: shared.value.path("\(name).pt"),
            inputs: example.inputs.map(\.description),
            outputs: example.outputs.map(\.description),
            options: EngineOptions(threads: threads, precision: precision)
        )
    }

    /// An engine with a module that takes `x` and gives `y`, three numbers a row each.
    static func simple(_ path: String, library: String? = nil) async throws -> TorchEngine {
        try await TorchEngine.load(
            model: path,
            inputs: [TensorDescription(name: "x", dataType: .float32, shape: [-1, 3])],
            outputs: [TensorDescription(name: "y", dataType: .float32, shape: [-1, 3])],
            options: EngineOptions(threads: 1),
            library: library
        )
    }
}
