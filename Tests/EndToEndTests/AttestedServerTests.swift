import Foundation
import InferenceClient
import TestSupport
import Testing

/// `adyton serve --attest` with a developer's key, and its clients: our own, curl and OpenSSL.
@Suite(.serialized) struct AttestedServerTests {
    @Test func `answers whom its proof satisfies, and is told nothing by whom it does not`() async throws {
        let (developer, other) = (try Developer(), try Developer())
        let server = try await developer.server()
        let answer = try await developer.infer(server)
        #expect(answer.status == 0, "\(answer.standardError)")
        #expect(String(decoding: answer.standardOutput, as: UTF8.self).contains(try Sample.expected()))
        let verified = try await developer.verify(server)
        #expect(try await verified.evaluations() == 1 && verified.platform == "process")

        let refused = try await other.infer(server)
        #expect(refused.status == 1 && refused.standardOutput.isEmpty)
        #expect(refused.standardError.contains("refused, and nothing was sent to it"))
        #expect(try await verified.evaluations() == 1)
    }

    @Test func `gives a stock client the Open Inference Protocol, under the key that evidence has named`() async throws
    {
        let developer = try Developer()
        let server = try await developer.server()
        #expect(try await developer.infer(server).status == 0)
        let verified = try await developer.verify(server)
        let metadata = try await verified.curl("/v2/models/signal-flags")
        #expect(metadata.status == 200 && metadata.body.contains(#""name":"signal-flags""#))
        let another = "sha256//" + Data(repeating: 7, count: 32).base64EncodedString()
        #expect(try await verified.curl("/v2/models/signal-flags", key: another).status == 0)
    }

    @Test func `opens no way past TLS 1.3`() async throws {
        let developer = try Developer()
        let free = try await ServerProcess()
        let healthPort = free.address.port
        _ = try await free.readyClient()
        free.signal(SIGTERM)
        try await free.waitUntilExit()
        let server = try await developer.server("--health-port", "\(healthPort)")
        let place = "127.0.0.1:\(server.address.port)"
        let curl = try #require(Tool.curl)
        let plain = try await curl.run(["--silent", "--max-time", "20", "http://\(place)/v2/health/live"])
        #expect(plain.status != 0 && plain.standardOutput.isEmpty)
        let openssl = try #require(OutsideTool(named: "openssl"))
        #expect(try await openssl.run(["s_client", "-connect", place, "-tls1_2"]).status != 0)
        #expect(try await openssl.run(["s_client", "-connect", place, "-tls1_3"]).status == 0)

        // Whoever started it learns whether it is ready, on the loopback, and nothing else.
        #expect(try await developer.infer(server).status == 0)
        let status = { (path: String) in
            try await curl.run(
                ["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--max-time", "20"]
                    + ["http://127.0.0.1:\(healthPort)\(path)"]
            ).standardOutput
        }
        #expect(try await status("/v2/health/ready") == Data("200".utf8))
        let old = try RawConnection(
            to: ServerAddress("http://127.0.0.1:\(healthPort)"),
            saying: "GET /v2/health/ready HTTP/1.0\r\n\r\n"
        )
        var text = try await old.response()
        #expect(text.hasPrefix("HTTP/1.1 200"), "\(text)")
        // It is closed, although the client has not asked for it.
        while !text.isEmpty { text = try await old.response() }
        for path in ["/", "/evaluate", "/metrics", "/v2", "/v2/models/signal-flags", "/.well-known/adyton/evidence"] {
            #expect(try await status(path) == Data("404".utf8), "\(path)")
        }
    }
}
