import Foundation
import InferenceClient
import InferenceProtocol
import TestSupport
import Testing

@Suite(.serialized) struct RefusalTests {
    @Test(.enabled(if: OutsideTool.python.isReady, "run Scripts/setup.sh test"))
    func `gives every hostile image a status, a code and a sentence`() async throws {
        let folder = try TemporaryFolder()
        let made = try await OutsideTool.python.run([
            "-c", Self.hostileImages, folder.url.path, try Sample.first().path,
        ])
        #expect(made.status == 0, "\(made.standardError)")
        let server = try await ServerProcess()
        _ = try await server.readyClient()
        let cases: [(file: String, status: Int, code: String)] = [
            ("empty.jpg", 400, "image.empty"), ("text.jpg", 415, "image.format-unsupported"),
            ("truncated.jpg", 400, "image.truncated"), ("truncated.png", 400, "image.truncated"),
            ("one.png", 400, "image.too-small"), ("thin.png", 400, "image.too-small"),
            ("bomb.png", 413, "image.too-many-pixels"), ("chunk.png", 400, "image.corrupt"),
            ("jpeg.png", 415, "image.type-mismatch"),
        ]
        for item in cases {
            let place = folder.url.appending(path: item.file)
            let answer = try await server.curl("/evaluate", "--form", "image=@\(place.path)")
            #expect(answer.status == item.status, "\(item.file)")
            let refusal = try JSONDecoder().decode(Refusal.self, from: Data(answer.body.utf8))
            #expect(refusal.code == item.code, "\(item.file)")
            #expect(refusal.error.hasSuffix(".") && refusal.error.contains(" "), "\(refusal.error)")
        }
        let client = try InferenceClient(insecurePlaintext: server.address)
        #expect(try await client.evaluate(try Sample.image()).engines.count == 2, "it still serves")
        await client.close()
    }

    @Test func `never takes a client's file name for a path`() async throws {
        let server = try await ServerProcess()
        _ = try await server.readyClient()
        let sample = try Sample.first().path
        for name in ["../../../../etc/passwd", "/etc/passwd", "a/b.jpg", "..", ".jpg", "x.jpg%00.png"] {
            #expect(try await server.curl("/evaluate", "--form", "image=@\(sample);filename=\(name)").status != 500)
        }
        let named = try await server.curl("/evaluate", "--form", "image=@\(sample);filename=/etc/passwd")
        #expect(named.status == 200)
    }

    @Test func `refuses what goes over a limit`() async throws {
        let server = try await ServerProcess(Tool.pack, "--maximum-body", "1K", "--request-timeout", "2")
        _ = try await server.readyClient()
        let sample = try Sample.first().path
        try expect(413, "request.body-too-large", try await server.curl("/evaluate", "--form", "image=@\(sample)"))
        let chunked = ["--header", "Transfer-Encoding: chunked"]
        try expect(
            413,
            "request.body-too-large",
            try await server.curl("/evaluate", chunked[0], chunked[1], "--form", "image=@\(sample)")
        )
        let small = try await ServerProcess(Tool.pack, "--maximum-pixels", "64")
        _ = try await small.readyClient()
        try expect(413, "image.too-many-pixels", try await small.curl("/evaluate", "--form", "image=@\(sample)"))
    }

    @Test func `turns requests away while as many as it takes are under way`() async throws {
        let server = try await ServerProcess(Tool.pack, "--maximum-requests", "1", "--body-timeout", "8")
        _ = try await server.readyClient()
        let slow = try RawConnection(to: server.address, saying: RawConnection.unfinishedEvaluation)
        // The slow request's head is on its way; as soon as it has its place, everyone else is turned away.
        var turnedAway: (status: Int, body: String) = (0, "")
        while turnedAway.status != 429 {
            turnedAway = try await server.curl("/evaluate", "--include", "--form", "image=@\(try Sample.first().path)")
            try #require([200, 429].contains(turnedAway.status))
        }
        #expect(turnedAway.status == 429)
        #expect(turnedAway.body.contains("server.too-many-requests"))
        #expect(turnedAway.body.lowercased().contains("retry-after: 1"))
        // The slow one loses its place when its time is over.
        let late = try await slow.response()
        #expect(late.contains(" 503 "), "\(late)")
        #expect(late.contains("server.deadline-exceeded"))
        #expect(try await server.curl("/evaluate", "--form", "image=@\(try Sample.first().path)").status == 200)
    }

    @Test func `is not ready with a pack of which one bit changed, and says why`() async throws {
        let folder = try TemporaryFolder()
        let pack = folder.url.appending(path: "pack")
        try FileManager.default.copyItem(at: Tool.pack, to: pack)
        let weights = pack.appending(path: "model.onnx")
        var data = try Data(contentsOf: weights)
        data[data.count / 2] ^= 1
        try data.write(to: weights)
        let server = try await ServerProcess(pack)
        let inferred = try await Tool.adyton.run([
            "infer", "--insecure-plaintext", "--server", "\(server.address)", "--wait", "60", try Sample.first().path,
        ])
        #expect(inferred.status == 69)
        #expect(inferred.standardError.contains("pack.file-changed"))
        #expect(try await server.curl("/v2/health/live").status == 200)
        let ready = try await server.curl("/v2/health/ready")
        #expect(ready.status == 503)
        #expect(ready.body == #"{"code":"pack.file-changed","ready":false}"#)
        try expect(
            503,
            "server.not-ready",
            try await server.curl("/evaluate", "--form", "image=@\(try Sample.first().path)")
        )
        let inspected = try await Tool.adyton.run(["model", "inspect", pack.path])
        #expect(inspected.status == 65)
        #expect(inspected.standardError.contains("model.onnx"))
    }

    @Test func `ends where there is no pack to read`() async throws {
        let folder = try TemporaryFolder()
        let empty = folder.url.path
        for arguments in [["/no/such/pack"], [empty], ["--repository", empty], ["--repository", "/no/such/folder"]] {
            let served = try await Tool.adyton.run(["serve", "--port", "0"] + arguments)
            #expect(served.status == 66, "\(arguments): \(served.standardError)")
        }
        let broken = folder.url.appending(path: "broken")
        try FileManager.default.copyItem(at: Tool.pack, to: broken)
        try Data("{}".utf8).write(to: broken.appending(path: "model-card.json"))
        let served = try await Tool.adyton.run(["serve", "--port", "0", broken.path])
        #expect(served.status == 65 && served.standardError.contains("(pack.card-invalid)"), "\(served.standardError)")
    }

    @Test(.enabled(if: OutsideTool.python.isReady, "run Scripts/setup.sh test"))
    func `is not ready with a wrong weight in one engine, though every digest fits`() async throws {
        let folder = try TemporaryFolder()
        let pack = folder.url.appending(path: "pack")
        try FileManager.default.copyItem(at: Tool.pack, to: pack)
        let made = try await OutsideTool.python.run(["-c", Self.wrongWeight, pack.path])
        #expect(made.status == 0, "\(made.standardError)")
        #expect(try await Tool.adyton.run(["model", "inspect", pack.path]).status == 0)
        let server = try await ServerProcess(pack)
        let error = await #expect(throws: ClientError.self) { _ = try await server.readyClient() }
        #expect(error?.found?.hasPrefix("crosscheck.") == true, "\(String(describing: error))")
    }

    @Test func `serves with one engine where the other's library is missing, but only when told`() async throws {
        let missing = ["ADYTON_TORCH": "/no/such/libAdytonTorch.so"]
        let both = try await ServerProcess(environment: missing)
        let error = await #expect(throws: ClientError.self) { _ = try await both.readyClient() }
        #expect(error?.found == "engine.library-missing")
        let one = try await ServerProcess(Tool.pack, "--engine", "onnx", environment: missing)
        let client = try await one.readyClient()
        #expect(try await client.evaluate(try Sample.image()).engines.count == 1)
        await client.close()
    }

    @Test func `refuses a pack with another digest than --model-digest`() async throws {
        let server = try await ServerProcess(Tool.pack, "--model-digest", String(repeating: "0", count: 64))
        let error = await #expect(throws: ClientError.self) { _ = try await server.readyClient() }
        #expect(error?.found == "pack.digest-mismatch")
    }

    private func expect(_ status: Int, _ code: String, _ answer: (status: Int, body: String)) throws {
        #expect(answer.status == status)
        #expect(try JSONDecoder().decode(Refusal.self, from: Data(answer.body.utf8)).code == code)
    }

    /// Moves one bias of the ONNX model, and puts the new digest into the card.
    private static let wrongWeight = """
        import hashlib, json, sys
        from pathlib import Path
        import onnx
        from onnx import numpy_helper
        path = Path(sys.argv[1]) / "model.onnx"
        model = onnx.load(path)
        last = [node for node in model.graph.node if node.op_type == "Gemm"][-1]
        weight = next(item for item in model.graph.initializer if item.name == last.input[2])
        values = numpy_helper.to_array(weight).copy()
        values[0] -= 2
        weight.CopyFrom(numpy_helper.from_array(values, weight.name))
        onnx.save(model, path)
        card = Path(sys.argv[1]) / "model-card.json"
        document = json.loads(card.read_text())
        data = path.read_bytes()
        document["files"]["model.onnx"] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        card.write_text(json.dumps(document))
        """

    private static let hostileImages = """
        import struct, sys, zlib
        from pathlib import Path
        from PIL import Image
        folder, sample = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes()
        def chunk(kind, data): return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        def png(width, height, data): return (b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height,
            8, 2, 0, 0, 0)) + chunk(b"IDAT", data) + chunk(b"IEND", b""))
        (folder / "empty.jpg").write_bytes(b"")
        (folder / "text.jpg").write_text("this is not an image")
        (folder / "truncated.jpg").write_bytes(sample[:len(sample) // 2])
        Image.new("RGB", (64, 64), "red").save(folder / "whole.png")
        whole = (folder / "whole.png").read_bytes()
        (folder / "truncated.png").write_bytes(whole[:len(whole) - 30])
        (folder / "one.png").write_bytes(png(1, 1, zlib.compress(b"\\0\\0\\0\\0")))
        (folder / "thin.png").write_bytes(png(1, 60000, zlib.compress(b"\\0" * 4 * 60000)))
        (folder / "bomb.png").write_bytes(png(30000, 30000, zlib.compress(b"\\0" * 1000000)))
        (folder / "chunk.png").write_bytes(whole[:41] + bytes([whole[41] ^ 255]) + whole[42:])
        (folder / "jpeg.png").write_bytes(sample)
        """
}
