import Foundation
import TestSupport
import Testing

/// An engine that fails or never comes back in the middle of serving: it is asked no more, and others are.
@Suite(.serialized, .enabled(if: OutsideTool.python.isReady, "run Scripts/setup.sh test"))
struct EngineFaultTests {
    private static let faulty = "/v2/models/faulty/infer"

    @Test func `answers what an engine throws with a code, and the next request as if nothing had been`() async throws {
        let folder = try TemporaryFolder()
        let server = try await ServerProcess(try await Self.faultyPack(in: folder), "--engine", "torch")
        _ = try await server.readyClient()
        let body = folder.url.appending(path: "request.json")
        try Data(Self.request(of: 1e7).utf8).write(to: body)
        for _ in 0..<3 {
            let answer = try await server.curl(Self.faulty, "--data-binary", "@\(body.path)")
            #expect(answer.status == 500)
            #expect(
                answer.body.contains("engine.run-failed") && !answer.body.contains("private words"),
                "\(answer.body)"
            )
            #expect(try await server.curl("/evaluate", "--form", "image=@\(try Sample.first().path)").status == 200)
        }
        let metrics = try await server.curl("/metrics").body
        #expect(metrics.contains(#"nv_inference_request_failure{model="faulty",version="1.0.0",reason="BACKEND"} 3"#))
        server.signal(SIGTERM)
        #expect(try await server.waitUntilExit() == 0)
    }

    @Test func `gives up a run that does not end, serves the other model, and ends on SIGTERM`() async throws {
        let folder = try TemporaryFolder()
        let server = try await ServerProcess(
            Tool.pack,
            try await Self.faultyPack(in: folder).path,
            "--engine",
            "torch",
            "--threads",
            "1",
            "--run-limit",
            "2",
            "--request-timeout",
            "20"
        )
        _ = try await server.readyClient()
        let endless = Self.request(of: 1e10)
        let head = "POST \(Self.faulty) HTTP/1.1\r\nhost: a\r\ncontent-length: \(endless.utf8.count)\r\n\r\n"
        let connection = try RawConnection(to: server.address, saying: head + endless)
        let form = "image=@\(try Sample.first().path)"
        // The other model answers while the run goes on, and behind its end.
        #expect(try await server.curl("/evaluate", "--form", form).status == 200)
        let answer = try await connection.response()
        #expect(answer.contains(" 503 ") && answer.contains("runtime.engine-stalled"), "\(answer)")
        let late = try RawConnection(to: server.address, saying: head + endless)
        #expect(try await late.response().contains(" 503 "))
        let index = try await server.curl("/v2/repository/index", "--request", "POST").body
        let state = #""name":"faulty","reason":"runtime.engine-stalled","state":"UNAVAILABLE""#
        #expect(index.contains(state), "\(index)")
        for _ in 0..<3 { #expect(try await server.curl("/evaluate", "--form", form).status == 200) }
        server.signal(SIGTERM)
        #expect(try await server.waitUntilExit() == 0)
    }

    /// An inference whose numbers are all the same.
    private static func request(of number: Float) -> String {
        let data = Array(repeating: "\(number)", count: 3 * 96 * 96).joined(separator: ",")
        return #"{"inputs":[{"name":"input","shape":[1,3,96,96],"datatype":"FP32","data":[\#(data)]}]}"#
    }

    /// The bundled pack with a PyTorch module that throws above a million, and above a thousand million never ends.
    private static func faultyPack(in folder: TemporaryFolder) async throws -> URL {
        let pack = folder.url.appending(path: "pack")
        try FileManager.default.copyItem(at: Tool.pack, to: pack)
        // TorchScript reads a class from its file.
        let program = folder.url.appending(path: "faults.py")
        try Data(faults.utf8).write(to: program)
        let made = try await OutsideTool.python.run([program.path, pack.path])
        try #require(made.status == 0, "\(made.standardError)")
        return pack
    }

    private static let faults = """
        import hashlib, json, sys
        from pathlib import Path
        import torch
        class Faulty(torch.nn.Module):
            def __init__(self, whole):
                super().__init__()
                self.whole = whole
            def forward(self, x):
                largest = float(x.max())
                while largest > 1e9:
                    largest = float(x.max())
                if largest > 1e6:
                    raise ValueError("private words")
                return self.whole(x)
        path = Path(sys.argv[1]) / "model.pt"
        torch.jit.script(Faulty(torch.jit.load(str(path)))).eval().save(str(path))
        card = Path(sys.argv[1]) / "model-card.json"
        document = json.loads(card.read_text())
        data = path.read_bytes()
        document["name"] = "faulty"
        document["files"]["model.pt"] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        card.write_text(json.dumps(document))
        """
}
