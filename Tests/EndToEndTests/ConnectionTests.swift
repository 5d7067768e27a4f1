import Foundation
import InferenceClient
import TestSupport
import Testing

/// Clients that do not behave, and a server that goes on.
@Suite(.serialized) struct ConnectionTests {
    @Test func `ends on SIGTERM though clients hold idle, half-sent and unread connections`() async throws {
        let server = try await ServerProcess(
            Tool.pack,
            "--request-timeout",
            "1",
            "--body-timeout",
            "1",
            "--idle-timeout",
            "3"
        )
        _ = try await server.readyClient()
        let idle = try RawConnection(to: server.address, saying: "")
        let halfSent = try RawConnection(to: server.address, saying: RawConnection.unfinishedEvaluation)
        let unread = try RawConnection(to: server.address, saying: "")
        let sent = unread.flood(String(repeating: "GET / HTTP/1.1\r\nhost: a\r\n\r\n", count: 100))
        #expect(sent > 1 << 18, "the flood was too small to fill the buffers: \(sent) bytes")
        let start = ContinuousClock().now
        server.signal(SIGTERM)
        #expect(try await server.waitUntilExit() == 0)
        #expect(ContinuousClock().now - start < .seconds(60))
        withExtendedLifetime((idle, halfSent, unread)) {}
    }

    @Test func `closes behind an answer that came before the body's end`() async throws {
        let server = try await ServerProcess(Tool.pack, "--maximum-body", "1K")
        _ = try await server.readyClient()
        let head = "POST /evaluate HTTP/1.1\r\nhost: a\r\ncontent-length: 100000000000\r\n\r\n"
        let connection = try RawConnection(to: server.address, saying: head)
        #expect(try await connection.response().contains(" 413 "))
        try await waitUntil("the client cannot go on") { !connection.say("x") }
    }

    @Test func `calls broken chunks the client's fault`() async throws {
        let server = try await ServerProcess()
        _ = try await server.readyClient()
        let head = "POST /evaluate HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n"
        let connection = try RawConnection(to: server.address, saying: head)
        #expect(try await connection.response().contains(" 400 "))
        #expect(!server.log.contains("status=500"))
    }

    @Test func `tells a client that asks first to go on, or not`() async throws {
        let server = try await ServerProcess(Tool.pack, "--maximum-body", "1M")
        _ = try await server.readyClient()
        let head = "POST /evaluate HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: "
        let small = try RawConnection(to: server.address, saying: head + "1000\r\n\r\n")
        #expect(try await small.response().hasPrefix("HTTP/1.1 100 "))
        let large = try RawConnection(to: server.address, saying: head + "10000000\r\n\r\n")
        #expect(try await large.response().hasPrefix("HTTP/1.1 413 "))
    }

    @Test func `survives a reader of its output that left`() async throws {
        let shell = try #require(OutsideTool(named: "sh"))
        let program = "\"$0\" infer --insecure-plaintext http://127.0.0.1:1 \"$1\" 2>/dev/full; echo status $?"
        let output = try await shell.run(["-c", program, Tool.adyton.executable.path, Tool.images.path])
        #expect(String(decoding: output.standardOutput, as: UTF8.self).hasSuffix("status 69\n"))
        let lost = "\"$0\" model inspect \"$1\" >/dev/full"
        #expect(try await shell.run(["-c", lost, Tool.adyton.executable.path, Tool.pack.path]).status == 74)
    }

    @Test func `says that its port is taken`() async throws {
        let server = try await ServerProcess()
        let output = try await Tool.adyton.run(["serve", Tool.pack.path, "--port", "\(server.address.port)"])
        #expect(output.status == 71)
        #expect(output.standardError.contains("--port"))
    }

    @Test func `hashes no more of a file than the card states`() async throws {
        let folder = try TemporaryFolder()
        let pack = folder.url.appending(path: "pack")
        try FileManager.default.copyItem(at: Tool.pack, to: pack)
        // Sparse: it takes no room, and minutes to hash.
        let weights = try FileHandle(forUpdating: pack.appending(path: "model.pt"))
        try weights.truncate(atOffset: 200 << 30)
        try weights.close()
        let inspected = try await Tool.adyton.run(["model", "inspect", pack.path])
        #expect(inspected.status == 65)
        #expect(inspected.standardError.contains("pack.file-changed"))
    }
}
