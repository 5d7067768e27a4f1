import Foundation
import InferenceClient
import TestSupport
import Testing

/// Models of tensors as Triton's own clients ask them, beside ONNX Runtime in Python.
@Suite(.serialized, .enabled(if: OutsideTool.python.isReady, "run Scripts/setup.sh test")) struct TensorServingTests {
    @Test func `serves tensors of every kind over HTTP and gRPC, batches what fits and compares each output`()
        async throws
    {
        let folder = try await Self.packs()
        let server = try await ServerProcess(
            nil,
            options: try Self.paths(in: folder) + ["--grpc-port", "0"]
        )
        _ = try await server.readyClient()
        try await server.waitForModels(Self.models == nil ? 4 : 6)
        let output = try await OutsideTool.python.run([
            Self.oracle("tensor_client.py"), "127.0.0.1:\(server.address.port)",
            try #require(server.addressForGRPC), folder.url.path,
        ])
        #expect(output.status == 0, "\(output.standardError)")
        let checks = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n")
        let count = Self.models == nil ? 21 : 47
        #expect(checks.count == count, "\(checks.joined(separator: "\n"))")
    }

    @Test func `sends a model of tensors no image, and says where to send them`() async throws {
        let folder = try await Self.packs("fixed")
        let server = try await ServerProcess(folder.url.appending(path: "fixed"))
        _ = try await server.readyClient()
        let answer = try await server.curl("/evaluate", "--form", "image=@\(try Sample.first().path)")
        #expect(answer.status == 400 && answer.body.contains("request.model-takes-no-image"))
        let metadata = try await server.curl("/v2/models/fixed").body
        #expect(metadata.contains(#""cross_check":"none: one engine""#) && metadata.contains(#""engines":"onnx""#))
        #expect(metadata.contains(#""shape":[2,3]"#))
    }

    @Test(arguments: ["y-expected.npy", "x.npy"])
    func `serves no pack whose stored tensors do not come out`(file: String) async throws {
        let folder = try await Self.packs("fixed")
        let pack = folder.url.appending(path: "fixed")
        // The stored output is taken from another file, which the card lists just as well.
        let place = pack.appending(path: "model-card.json")
        let card = try String(contentsOf: place, encoding: .utf8)
        try card.replacing(#""file": "selftest/y-expected.npy""#, with: #""file": "selftest/\#(file)""#)
            .write(to: place, atomically: true, encoding: .utf8)
        let server = try await ServerProcess(pack)
        let state = try await server.settledState()
        #expect(state.contains(file == "x.npy" ? "selftest.tensor-differs" : "READY"), "\(state)")
    }

    /// The folder with the published models, where `Scripts/setup.sh test` brought them.
    private static let models: URL? = {
        let folder = ProjectFolder.dependencies.appending(path: "models")
        let isThere = FileManager.default.fileExists(atPath: folder.appending(path: "silero_vad.onnx").path)
        return isThere || OutsideTool.isRequired ? folder : nil
    }()

    private static func paths(in folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
            .map { folder.url.appending(path: $0).path }
    }

    private static func packs(_ names: String...) async throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let output = try await OutsideTool.python.run(
            [oracle("tensor_packs.py"), folder.url.path, models?.path ?? "none"] + names
        )
        try #require(output.status == 0, "\(output.standardError)")
        return folder
    }

    private static func oracle(_ name: String) -> String {
        ProjectFolder.root.appending(path: "Tests/Oracles").appending(path: name).path
    }
}

extension ServerProcess {
    /// Waits until so many models are ready.
    fileprivate func waitForModels(_ count: Int) async throws {
        while true {
            let index = try await curl("/v2/repository/index", "--data", "{}").body
            try #require(!index.contains("UNAVAILABLE"), "\(index)")
            if index.split(separator: #""READY""#, omittingEmptySubsequences: false).count == count + 1 { return }
        }
    }

    /// The repository's index once nothing is loading any more.
    fileprivate func settledState() async throws -> String {
        while true {
            let index = try await curl("/v2/repository/index", "--data", "{}").body
            if index.contains("READY") || index.contains("UNAVAILABLE"), !index.contains("\"LOADING\"") { return index }
        }
    }
}
