import Foundation
import InferenceClient
import TestSupport
import Testing

/// gRPC under the key that evidence names, with clients that know nothing of evidence: tritonclient, Python's own TLS, and
/// OpenSSL.
@Suite(.serialized) struct AttestedGRPCTests {
    @Test(.enabled(if: OutsideTool.python.isReady, "run Scripts/setup.sh test"))
    func `answers a stock client under the proven certificate, and no client that trusts another`() async throws {
        let (developer, other) = (try Developer(), try Developer())
        let (server, another) = (try await developer.server("--grpc-port", "0"), try await other.server())
        #expect(try await developer.infer(server).status == 0)
        let certificate = try await developer.certificate(of: server)
        let places = (http: "127.0.0.1:\(server.address.port)", grpc: try #require(server.addressForGRPC))
        let output = try await AttestedClient.ask(places, trusting: certificate, about: [try Sample.first()])
        try #require(output.status == 0, "\(output.standardError)")
        let labels = try JSONDecoder().decode([String: [String]].self, from: output.standardOutput)
        let label = try Sample.expected()
        #expect(labels == [try Sample.first().lastPathComponent: [label, label]])

        let wrong = try await other.certificate(of: another)
        let refused = try await AttestedClient.ask(places, trusting: wrong, about: [try Sample.first()])
        #expect(refused.status != 0 && refused.standardOutput.isEmpty)
        #expect(refused.standardError.contains("CERTIFICATE_VERIFY_FAILED"), "\(refused.standardError)")
        #expect(try await Self.connect(to: places.grpc, ["-CAfile", wrong, "-verify_return_error"]).status != 0)
    }

    @Test(.enabled(if: OutsideTool.python.isReady, "run Scripts/setup.sh test"))
    func `keeps a call that rests, and ends with 0 once a call under way is over`() async throws {
        let developer = try Developer()
        // A ping a second shows that the client is there.
        let server = try await developer.server("--grpc-port", "0", "--idle-timeout", "1")
        #expect(try await developer.infer(server).status == 0)
        let output = try await AttestedClient.run([
            "end", try #require(server.addressForGRPC), try await developer.certificate(of: server), "signal-flags",
            try Sample.first().path, "\(server.number)",
        ])
        #expect(output.status == 0, "\(output.standardError)")
        let labels = try JSONDecoder().decode([String].self, from: output.standardOutput)
        #expect(labels == Array(repeating: try Sample.expected(), count: 3))
        #expect(try await server.waitUntilExit() == 0)
    }

    @Test func `takes TLS 1.3 with HTTP/2, and nothing else`() async throws {
        let developer = try Developer()
        let server = try await developer.server("--grpc-port", "0")
        let place = try #require(server.addressForGRPC)
        let certificate = try await developer.certificate(of: server)
        let trusting = ["-CAfile", certificate, "-verify_return_error", "-verify_hostname", "adyton.invalid"]
        let right = try await Self.connect(to: place, ["-tls1_3", "-alpn", "h2"] + trusting)
        #expect(right.status == 0 && right.text.contains("ALPN protocol: h2"), "\(right.text)")
        #expect(try await Self.connect(to: place, ["-tls1_2", "-alpn", "h2"]).status != 0)
        #expect(
            try await Self.connect(to: place, ["-alpn", "h2", "-verify_hostname", "localhost"] + trusting.prefix(3))
                .status
                != 0
        )
        // The handshake is TLS's; the connection ends before a byte of another protocol is read.
        let http = try await Self.connect(
            to: place,
            ["-tls1_3", "-alpn", "http/1.1", "-ign_eof"],
            "GET /v2 HTTP/1.1\r\nhost: a\r\n\r\n"
        )
        #expect(http.text.contains("No ALPN negotiated") && !http.text.contains("HTTP/1.1 "), "\(http.text)")

        let plain = try RawConnection(to: server.grpc(), saying: RawConnection.beginningOfHTTP2)
        let answer = Array(try await plain.response().utf8)
        #expect(answer.isEmpty || answer.first == 0x15, "no alert of TLS: \(answer)")
        #expect(try await Self.connect(to: place, ["-tls1_3", "-alpn", "h2"] + trusting).status == 0)
    }

    @Test func `cuts a client that never ends its handshake, which holds a place until then`() async throws {
        let developer = try Developer()
        let server = try await developer.server("--grpc-port", "0", "--maximum-connections", "1", "--idle-timeout", "6")
        let (clock, address) = (ContinuousClock(), try server.grpc())
        let start = clock.now
        // The beginning of a ClientHello, twice: the server accepts one of them, whichever comes first.
        let clients = try (0..<2).map { _ in
            try RawConnection(to: address, saying: "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}")
        }
        let ends: [Duration] = try await withThrowingTaskGroup(of: Duration.self) { group in
            for client in clients {
                group.addTask {
                    while !(try await client.response().isEmpty) {}
                    return clock.now - start
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(ends[0] < .seconds(5), "one connection too many was not closed at once")
        #expect(ends[1] >= .seconds(5), "the handshake did not get its time")
        try await waitUntil("another client gets the place") {
            (try? await Self.connect(to: "127.0.0.1:\(address.port)", ["-tls1_3", "-alpn", "h2"]).status) == 0
        }
    }

    @Test func `cuts a client that says nothing, with and without TLS`() async throws {
        let server = try await ServerProcess(Tool.pack, "--grpc-port", "0", "--idle-timeout", "1")
        for text in ["", "PRI * HTTP", RawConnection.beginningOfHTTP2] {
            let silent = try RawConnection(to: server.grpc(), saying: text)
            let start = ContinuousClock().now
            while !(try await silent.response().isEmpty) {}
            #expect(ContinuousClock().now - start < .seconds(30), "\(text)")
        }
    }

    @Test func `ends on SIGTERM though clients hold connections that they say nothing on`() async throws {
        let developer = try Developer()
        let server = try await developer.server("--grpc-port", "0", "--request-timeout", "1")
        let held = try ["", "\u{16}\u{3}\u{1}"].map { try RawConnection(to: server.grpc(), saying: $0) }
        // Its handshake is over, so the server has accepted those before it.
        #expect(
            try await Self.connect(to: try #require(server.addressForGRPC), ["-tls1_3", "-alpn", "h2"]).status == 0
        )
        server.signal(SIGTERM)
        #expect(try await server.waitUntilExit() == 0)
        withExtendedLifetime(held) {}
    }

    @Test func `writes no certificate of a server that the policy does not accept`() async throws {
        let (developer, other) = (try Developer(), try Developer())
        let server = try await developer.server()
        let file = developer.folder.url.appending(path: "certificate.pem").path
        let verify = ["verify", "\(server.address)", "--certificate", file]
        let refused = try await Tool.adyton.run(verify + other.trust)
        #expect(refused.status == 1 && !FileManager.default.fileExists(atPath: file))
        let unjudged = try await Tool.adyton.run(verify)
        #expect(unjudged.status == 64 && unjudged.standardError.contains("--policy"))
        let document = developer.folder.url.appending(path: "document.json").path
        #expect(
            try await Tool.adyton.run(["verify", "\(server.address)", "--save", document] + developer.trust).status == 0
        )
        let check = ["policy", "check", developer.policy, "--evidence", document]
        let checked = try await Tool.adyton.run(check + ["--trust-insecure-developer-root", developer.root])
        #expect(checked.status == 0, "\(checked.standardError)")
        let ofFile = try await Tool.adyton.run(["verify", document, "--certificate", file] + developer.trust)
        #expect(ofFile.status == 64)
        #expect(!FileManager.default.fileExists(atPath: file))
        let nowhere = try await Tool.adyton.run(
            ["verify", "\(server.address)", "--certificate", file + "/none/here.pem"] + developer.trust
        )
        #expect(nowhere.status == 74, "\(nowhere.standardError)")
    }

    @Test func `refuses one number for two ports`() async throws {
        let output = try await Tool.adyton.run(["serve", Tool.pack.path, "--port", "8001", "--grpc-port", "8001"])
        #expect(output.status == 64 && output.standardError.contains("--grpc-port takes another number"))
    }

    @Test func `says that gRPC's port is taken`() async throws {
        let server = try await ServerProcess()
        let output = try await Tool.adyton.run(
            ["serve", Tool.pack.path, "--port", "0", "--grpc-port", "\(server.address.port)"]
        )
        #expect(output.status == 71)
        #expect(output.standardError.contains("gRPC on 127.0.0.1:\(server.address.port): "), "\(output.standardError)")
        #expect(output.standardError.contains("--grpc-port"))
    }

    /// OpenSSL's client, which says something and leaves.
    private static func connect(
        to place: String,
        _ options: [String],
        _ said: String = ""
    ) async throws -> (status: Int32, text: String) {
        let openssl = try #require(OutsideTool(named: "openssl"))
        let output = try await openssl.run(["s_client", "-connect", place] + options, input: Data(said.utf8))
        return (output.status, String(decoding: output.standardOutput, as: UTF8.self) + output.standardError)
    }
}

/// Tests/Oracles/attested_client.py.
enum AttestedClient {
    /// Asks a server about images over REST and gRPC.
    static func ask(
        _ places: (http: String, grpc: String),
        trusting certificate: String,
        about images: [URL]
    ) async throws -> OutsideTool.Output {
        try await run(["ask", places.http, places.grpc, certificate, "signal-flags"] + images.map(\.path))
    }

    /// Runs it.
    static func run(_ arguments: [String]) async throws -> OutsideTool.Output {
        let script = ProjectFolder.root.appending(path: "Tests/Oracles/attested_client.py").path
        return try await OutsideTool.python.run([script] + arguments)
    }
}

extension ServerProcess {
    /// Where it listens for gRPC, for a connection of a test's own.
    func grpc() throws -> ServerAddress {
        try ServerAddress("http://\(try #require(addressForGRPC))")
    }
}

extension RawConnection {
    /// A client's preface of HTTP/2, with settings that say nothing.
    static let beginningOfHTTP2 = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u{0}\u{0}\u{0}\u{4}\u{0}\u{0}\u{0}\u{0}\u{0}"
}
