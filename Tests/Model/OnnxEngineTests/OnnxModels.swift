import Foundation
import Inference
import OnnxEngine
import TestSupport

/// The small models that `Fixtures/models.py` writes, and what the Python package answers to them.
struct OnnxModels: Sendable {
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
    }

    /// Made once for all tests; an error of the script is every test's error.
    static let shared = Task { try await OnnxModels() }

    let folder: TemporaryFolder
    let cases: [Case]

    private init() async throws {
        folder = try TemporaryFolder()
        let script = ProjectFolder.root.appending(path: "Tests/Model/OnnxEngineTests/Fixtures/models.py")
        let output = try await OutsideTool.python.run([script.path, folder.url.path])
        guard output.status == 0 else {
            throw EngineError(.runFailed, subject: "models.py", found: output.standardError)
        }
        let data = try Data(contentsOf: folder.url.appending(path: "expectations.json"))
        cases = try JSONDecoder().decode([Case].self, from: data)
    }

    /// A model's path.
    func path(_ name: String) -> String {
        folder.url.appending(path: name).path
    }

    /// An engine with a model of the script.
    static func engine(_ name: String, threads: Int = 2) async throws -> OnnxEngine {
        try await OnnxEngine.load(model: shared.value.path("\(name).onnx"), options: EngineOptions(threads: threads))
    }
}
