import Foundation
import TestSupport
import Testing

/// More than can be served, and clients that take their time or leave.
@Suite(.serialized) struct BackPressureTests {
    private static let infer = "/v2/models/signal-flags/infer"
    private static let request = RawConnection.inference.beginning + RawConnection.inference.rest
    private static let unfinished = RawConnection.inference.beginning

    @Test func `refuses one too many at once, and says when to come again`() async throws {
        let server = try await ServerProcess(Tool.pack, "--maximum-requests", "1", "--body-timeout", "60")
        _ = try await server.readyClient()
        let holder = try RawConnection(to: server.address, saying: Self.unfinished)
        try await waitUntil("one request is in progress") { try await server.metric("adyton_requests_under_way") == 1 }
        for path in [Self.infer, "/evaluate"] {
            let answer = try await server.curl(path, "--include", "--data", "{}")
            #expect(answer.status == 429)
            #expect(answer.body.contains("Retry-After: 1") && answer.body.contains("server.too-many-requests"))
        }
        withExtendedLifetime(holder) {}
    }

    @Test func `keeps the connection of a client that it refuses, unless too much of the body is left`() async throws {
        let server = try await ServerProcess(Tool.pack, "--maximum-requests", "1", "--body-timeout", "60")
        _ = try await server.readyClient()
        let holder = try RawConnection(to: server.address, saying: Self.unfinished)
        try await waitUntil("one request is in progress") { try await server.metric("adyton_requests_under_way") == 1 }
        let refused = try RawConnection(to: server.address, saying: Self.request)
        #expect(try await refused.response().hasPrefix("HTTP/1.1 429 "))
        #expect(refused.say("GET /v2/health/live HTTP/1.1\r\nhost: a\r\n\r\n"))
        #expect(try await refused.response().hasPrefix("HTTP/1.1 200 "))
        for rest in ["content-length: 1000000", "transfer-encoding: chunked"] {
            let head = "POST \(Self.infer) HTTP/1.1\r\nhost: a\r\n\(rest)\r\n\r\n"
            let answer = try await RawConnection(to: server.address, saying: head).response()
            #expect(answer.hasPrefix("HTTP/1.1 429 ") && answer.lowercased().contains("\r\nconnection: close\r\n"))
        }
        withExtendedLifetime(holder) {}
    }

    @Test func `gives the place of a client that left in the middle of its body to another`() async throws {
        let server = try await ServerProcess(
            Tool.pack,
            "--maximum-requests",
            "1",
            "--body-timeout",
            "600",
            "--request-timeout",
            "600"
        )
        _ = try await server.readyClient()
        for _ in 0..<3 {
            _ = try RawConnection(to: server.address, saying: Self.unfinished)
        }
        try await waitUntil("no request is in progress") { try await server.metric("adyton_requests_under_way") == 0 }
        #expect(try await server.curl("/evaluate", "--form", "image=@\(try Sample.first().path)").status == 200)
    }

    @Test func `turns a client away that sends a byte a second`() async throws {
        let server = try await ServerProcess(Tool.pack, "--body-timeout", "2")
        _ = try await server.readyClient()
        let slow = try RawConnection(to: server.address, saying: Self.unfinished)
        let sender = Task {
            while !Task.isCancelled, slow.say(" ") { try await Task.sleep(for: .seconds(1)) }
        }
        let answer = try await slow.response()
        sender.cancel()
        #expect(answer.contains(" 503 ") && answer.contains("server.deadline-exceeded"))
        #expect(try await server.curl("/v2/health/ready").status == 200)
    }

    @Test func `answers ten bodies on one connection`() async throws {
        let server = try await ServerProcess(Tool.pack, "--engine", "onnx")
        _ = try await server.readyClient()
        let connection = try RawConnection(to: server.address, saying: "")
        for index in 0..<10 {
            #expect(connection.say(Self.request))
            var answer = ""
            while !answer.contains("]}]}") {
                let more = try await connection.response()
                try #require(!more.isEmpty, "closed behind \(index)")
                answer += more
            }
            #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
        }
        // And all at once.
        let together = try RawConnection(to: server.address, saying: "")
        let sender = Task.detached { for _ in 0..<10 { _ = together.say(Self.request) } }
        var answers = ""
        while answers.components(separatedBy: "]}]}").count <= 10 {
            let more = try await together.response()
            try #require(!more.isEmpty)
            answers += more
        }
        await sender.value
        #expect(answers.components(separatedBy: "HTTP/1.1 200 OK").count == 11)
    }

    @Test func `counts clients that disconnect before their body's end as cancelled, and runs nothing for them`()
        async throws
    {
        let server = try await ServerProcess(
            Tool.pack,
            options: ["--engine", "onnx", "--body-timeout", "600", "--request-timeout", "600"]
        )
        _ = try await server.readyClient()
        let runs = try await server.metric("nv_inference_exec_count")
        var clients = try (0..<16).map { _ in try RawConnection(to: server.address, saying: Self.unfinished) }
        try await waitUntil("all are in progress") {
            try await server.metric("adyton_requests_under_way") == clients.count
        }
        clients = []
        try await waitUntil("no request is in progress") { try await server.metric("adyton_requests_under_way") == 0 }
        #expect(try await server.metric("nv_inference_request_failure", "CANCELED") == 16)
        #expect(try await server.metric("nv_inference_exec_count") == runs)
        try await waitUntil("the log has all of them") {
            server.log.components(separatedBy: "code=request.client-left").count == 17
        }
    }

    @Test func `counts each client that sends a request and disconnects at once, as a success or as cancelled`()
        async throws
    {
        let server = try await ServerProcess(Tool.pack, options: ["--engine", "onnx", "--maximum-requests", "200"])
        _ = try await server.readyClient()
        @Sendable func total() async throws -> Int {
            let success = try #require(try await server.metric("nv_inference_request_success"))
            return success + (try #require(try await server.metric("nv_inference_request_failure", "CANCELED")))
        }
        let before = try await total()
        for _ in 0..<64 { _ = try RawConnection(to: server.address, saying: Self.request) }
        try await waitUntil("every request is counted") { try await total() - before == 64 }
        #expect(try await server.metric("adyton_requests_under_way") == 0)
        #expect(try await server.metric("nv_inference_request_failure", "OTHER") == 0)
    }

    @Test func `survives a flood of tiny requests, and serves others meanwhile`() async throws {
        // The floods' clients read no answer: the end waits for them as long as a request may take.
        let server = try await ServerProcess(Tool.pack, "--request-timeout", "10", "--idle-timeout", "3")
        _ = try await server.readyClient()
        let tiny = String(repeating: "POST \(Self.infer) HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\n{", count: 100)
        var floods: [RawConnection] = []
        for _ in 0..<2 {
            // Only now: one that waits for the other's end would be idle for too long.
            floods.append(try RawConnection(to: server.address, saying: ""))
            #expect(try #require(floods.last).flood(tiny) > 1 << 16)
        }
        #expect(try await server.curl("/evaluate", "--form", "image=@\(try Sample.first().path)").status == 200)
        server.signal(SIGTERM)
        #expect(try await server.waitUntilExit() == 0)
        withExtendedLifetime(floods) {}
    }
}
