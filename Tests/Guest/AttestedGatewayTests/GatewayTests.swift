import Attestation
import AttestedGateway
import AttestedTransport
import Crypto
import Foundation
import InferenceClient
import InferenceProtocol
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import TestSupport
import Testing

/// Attested TLS in front of an application that speaks plain HTTP.
@Suite struct GatewayTests {
    /// What curl gets, which checks no certificate here: that is our client's work.
    private static func curl(_ port: Int, _ path: String, _ more: String..., input: Data = Data()) async throws
        -> String
    {
        let curl = try #require(OutsideTool(named: "curl"))
        let arguments = ["--insecure", "--silent", "--show-error", "--max-time", "60", "--tlsv1.3", "--include"]
        let output = try await curl.run(arguments + more + ["https://127.0.0.1:\(port)\(path)"], input: input)
        return String(decoding: output.standardOutput, as: UTF8.self) + output.standardError
    }

    @Test func `lets our client prove the machine and ask the application behind it`() async throws {
        let application = try Application { _, _ in Application.evaluation }
        try await TestGateway.run(before: application.port) { port in
            var policy = AppraisalPolicy()
            var rule = AppraisalPolicy.PlatformRule()
            let root = TrustAnchor(insecureDeveloperProcessKey: TestGateway.source.publicKey)
            rule.roots = [root.fingerprint]
            policy.platforms[.developerProcess] = rule
            let client = try InferenceClient(
                ServerAddress("https://127.0.0.1:\(port)"),
                policy: policy,
                developerRoots: [root]
            )
            for _ in 0..<3 {
                let answer = try await client.evaluate(
                    .init(bytes: [UInt8](repeating: 1, count: 1 << 20), name: "a.png")
                )
                #expect(answer.engines.first?.top.first?.label == "cat")
            }
            await client.close()
            #expect(application.requests.allSatisfy { $0.hasPrefix("POST /evaluate") }, "no challenge reached it")
            #expect(application.requests.count == 3)
        }
    }

    @Test func `passes bodies of several megabytes both ways, whole`() async throws {
        let application = try Application { _, body in body }
        let body = Data((0..<8 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) })
        let digest = SHA256.hash(data: body)
        let folder = FileManager.default.temporaryDirectory.appending(path: "adyton-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await TestGateway.run(before: application.port) { port in
            for framing in [["--http1.1"], ["--http1.1", "--header", "Transfer-Encoding: chunked"]] {
                let text = try await Self.curl(
                    port,
                    "/echo",
                    framing[0],
                    framing.count > 1 ? framing[1] : "--http1.1",
                    framing.count > 1 ? framing[2] : "--http1.1",
                    "--data-binary",
                    "@-",
                    "--output",
                    folder.path,
                    input: body
                )
                let received = try Data(contentsOf: folder)
                #expect(received.range(of: Data("200 OK".utf8)) != nil, "\(text)")
                let start = try #require(received.range(of: Data("\r\n\r\n".utf8), in: 0..<min(4096, received.count)))
                let last = received.range(of: Data("HTTP/1.1 200".utf8)).flatMap {
                    received.range(of: Data("\r\n\r\n".utf8), in: $0.lowerBound..<received.count)
                }
                #expect(SHA256.hash(data: received[(last ?? start).upperBound...]) == digest)
            }
        }
    }

    @Test func `hides the fields of one connection from the other`() async throws {
        let application = try Application { _, _ in Array("fine".utf8) }
        try await TestGateway.run(before: application.port) { port in
            let text = try await Self.curl(
                port,
                "/a?b=c",
                "--header",
                "Connection: keep-alive, X-Secret-Hop",
                "--header",
                "X-Secret-Hop: 1",
                "--header",
                "X-Kept: 2"
            )
            #expect(text.contains("200 OK") && text.hasSuffix("fine"), "\(text)")
            let request = try #require(application.requests.first)
            #expect(request.hasPrefix("GET /a?b=c HTTP/1.1"))
            #expect(!request.lowercased().contains("secret-hop") && request.contains("X-Kept: 2"), "\(request)")
        }
    }

    @Test(arguments: ["/length", "/chunks", EvidenceDocument.path])
    func `answers a client of HTTP 1 dot 0 without chunks, and closes`(path: String) async throws {
        let application = try Application { _, _ in Array("fine".utf8) }
        try await TestGateway.run(before: application.port) { port in
            let text = try await Self.curl(port, path, "--http1.0", "--raw")
            #expect(text.lowercased().contains("connection: close\r\n"), "\(text)")
            #expect(!text.lowercased().contains("transfer-encoding"))
            #expect(text.hasSuffix(path.hasPrefix("/.") ? "}" : "\r\n\r\nfine"), "\(text)")
            // One that asks to keep the connection keeps it where the length of the body is known.
            let kept = try await Self.curl(port, path, "--http1.0", "--header", "Connection: keep-alive")
            #expect(kept.lowercased().contains("connection: close\r\n") == (path == "/chunks"), "\(kept)")
        }
    }

    @Test func `answers challenges itself, and nothing else below its own path`() async throws {
        let application = try Application { _, _ in [] }
        try await TestGateway.run(before: application.port) { port in
            let nonce = Challenge.random().hexadecimal
            let document = try await Self.curl(port, "\(EvidenceDocument.path)?nonce=\(nonce)")
            let withoutNonce = try await Self.curl(port, EvidenceDocument.path)
            let post = try await Self.curl(port, EvidenceDocument.path, "--data", "x")
            let beside = try await Self.curl(port, "/.well-known/adyton/else")
            #expect(document.contains("\"hpkeKeys\""))
            #expect(withoutNonce.contains("evidence.nonce-invalid"))
            #expect(post.contains("405") && beside.contains("404"))
            #expect(application.requests.isEmpty)
        }
    }

    @Test func `says so where the application is not there, or breaks off`() async throws {
        let gone: Int
        do {
            let application = try Application { _, _ in [] }
            gone = application.port
        }
        try await TestGateway.run(before: gone) { port in
            let text = try await Self.curl(port, "/")
            #expect(text.contains("502") && text.contains("gateway.application-unreachable"), "\(text)")
        }
        let rude = try Application { _, _ in nil }
        try await TestGateway.run(before: rude.port) { port in
            let text = try await Self.curl(port, "/")
            #expect(text.contains("502") && text.contains("gateway.application-broke-off"), "\(text)")
        }
    }

    @Test func `speaks neither plain HTTP nor older TLS`() async throws {
        let application = try Application { _, _ in [] }
        try await TestGateway.run(before: application.port) { port in
            let curl = try #require(OutsideTool(named: "curl"))
            #expect(try await curl.run(["--silent", "--max-time", "10", "http://127.0.0.1:\(port)/"]).status != 0)
            let old = ["--silent", "--insecure", "--tls-max", "1.2", "--max-time", "10", "https://127.0.0.1:\(port)/"]
            #expect(try await curl.run(old).status != 0)
            #expect(application.requests.isEmpty)
        }
    }

    @Test func `writes key, certificate and evidence with tight modes, and openssl takes them`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "adyton-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await CredentialFiles(try await TestGateway.issuer()).write(to: folder.path)
        for (name, mode) in [("key.pem", 0o400), ("certificate.pem", 0o444), ("evidence.json", 0o444)] {
            let path = folder.appending(path: name).path
            #expect(
                try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == mode,
                "\(name)"
            )
        }
        let openssl = try #require(OutsideTool(named: "openssl"))
        let ofKey = try await openssl.run(["pkey", "-in", folder.appending(path: "key.pem").path, "-pubout"])
        let certificate = folder.appending(path: "certificate.pem").path
        let ofCertificate = try await openssl.run(["x509", "-in", certificate, "-noout", "-pubkey"])
        #expect(ofKey.status == 0 && ofKey.standardOutput == ofCertificate.standardOutput)
    }

    @Test func `answers the application on a local socket`() async throws {
        let path = "/tmp/adyton-\(UInt32.random(in: .min ... .max)).sock"
        let channel = try await LocalService(issuer: try await TestGateway.issuer(), sealer: nil).listen(at: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let curl = try #require(OutsideTool(named: "curl"))
        @Sendable func ask(_ arguments: [String]) async throws -> String {
            let line = ["--silent", "--max-time", "30", "--unix-socket", path] + arguments
            return String(decoding: try await curl.run(line).standardOutput, as: UTF8.self)
        }
        #expect(try await ask(["http://x/v1/platform"]) == #"{"platform":"process"}"#)
        let evidence = try await ask(["http://x/v1/evidence?data=0102"])
        #expect(evidence.contains("\"statement\""))
        #expect(try await ask(["http://x/v1/evidence?data=xyz"]).contains("request.invalid"))
        let question = #"{"data":"0102","policy":{"version":1,"platforms":{}},"evidence":\#(evidence)}"#
        let verdict = try await ask(["--data", question, "http://x/v1/verify"])
        #expect(verdict.contains(#""accepted":false"#) && verdict.contains(#""proven":false"#), "the host's clock")
        let timed = question.dropLast() + #","time":"2026-07-01T12:00:00Z"}"#
        let asOf = try await ask(["--data", String(timed), "http://x/v1/verify"])
        #expect(asOf.contains(#""time":{"proven":true,"value":"2026-07-01T12:00:00Z"}"#), "\(asOf)")
        for time in ["5", #""yesterday""#, #""2026-07-01""#] {
            let wrong = question.dropLast() + #","time":\#(time)}"#
            #expect(try await ask(["--data", String(wrong), "http://x/v1/verify"]).contains("request.invalid"))
        }
        #expect(try await ask(["--data", "{}", "http://x/v1/verify"]).contains("request.invalid"))
        let sealing = try await ask(["--data", #"{"label":"disk","binding":"package"}"#, "http://x/v1/sealing-key"])
        #expect(sealing.contains("evidence.unavailable"), "no key is made up: \(sealing)")
        try await channel.close()
    }
}
