import Attestation
import AttestedTransport
import Crypto
import Foundation
import InferenceClient
import InferenceProtocol
import NIOSSL
import Testing

/// Nothing leaves before proof: every server here proves itself or does not, under an eye that sees every byte.
@Suite struct AttestedConnectionTests {
    private static let source = InsecureProcessSource(key: P256.Signing.PrivateKey())
    private static let image = InferenceClient.Image(
        bytes: Array(repeating: Array("PRIVATE-PIXELS.".utf8), count: 4000).flatMap(\.self),
        name: "PRIVATE-NAME.jpeg"
    )

    private static var root: TrustAnchor { TrustAnchor(insecureDeveloperProcessKey: source.publicKey) }

    private static func policy(naming root: String = root.fingerprint) -> AppraisalPolicy {
        var policy = AppraisalPolicy()
        var rule = AppraisalPolicy.PlatformRule()
        rule.roots = [root]
        policy.platforms[.developerProcess] = rule
        return policy
    }

    private static func client(
        _ port: Int,
        policy: AppraisalPolicy = policy(),
        reverification: Duration = .seconds(600),
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws -> InferenceClient {
        var timeouts = InferenceClient.Timeouts()
        timeouts.answer = .seconds(30)
        return try InferenceClient(
            ServerAddress("https://127.0.0.1:\(port)"),
            policy: policy,
            developerRoots: [root],
            reverification: reverification,
            timeouts: timeouts,
            now: now
        )
    }

    /// Asks for an evaluation that must be refused, and gives the findings' names.
    private static func refusal(_ client: InferenceClient) async -> [String] {
        let error = await #expect(throws: ClientError.self) { try await client.evaluate(image) }
        #expect(error?.code == .peerRefused, "\(String(describing: error))")
        await client.close()
        return error?.findings.map(\.id) ?? []
    }

    /// All that may leave before proof: challenges, and the address that the client dialled.
    private static func expectOnlyChallenges(_ bytes: [UInt8], _ port: Int, count: Int = 1) {
        let text = String(decoding: bytes, as: UTF8.self)
        let requests = text.components(separatedBy: "\r\n\r\n")
        #expect(requests.count == count + 1 && requests.last == "", "\(text)")
        for request in requests.dropLast() {
            let lines = request.components(separatedBy: "\r\n")
            let start = "GET /.well-known/adyton/evidence?nonce="
            #expect(lines.count == 2 && lines[0].hasPrefix(start) && lines[0].hasSuffix(" HTTP/1.1"), "\(request)")
            let nonce = lines[0].dropFirst(start.count).dropLast(" HTTP/1.1".count)
            #expect(nonce.utf8.count == 64 && nonce.allSatisfy(\.isHexDigit), "\(request)")
            #expect(lines[1] == "host: 127.0.0.1:\(port)", "\(request)")
        }
    }

    private static func expectNothingPrivate(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        for word in ["PRIVATE", "jpeg", "multipart", "POST", "evaluate"] { #expect(!text.contains(word)) }
    }

    @Test func `sends after proof, on the same connection, and uses it again`() async throws {
        let server = try await AttestedServer(source: Self.source)
        let client = try Self.client(server.port)
        for _ in 0..<3 {
            #expect(try await client.evaluate(Self.image).engines.first?.top.first?.label == "cat")
        }
        #expect(try await client.peer()?.kind == .developerProcess)
        #expect(server.connectionCount == 1)
        #expect(server.challengeCount == 1)
        let text = String(decoding: server.received, as: UTF8.self)
        #expect(text.hasPrefix("GET /.well-known/adyton/evidence?nonce="))
        #expect(text.contains("PRIVATE-PIXELS") && !text.contains("PRIVATE-NAME"))
        await client.close()
    }

    @Test func `proves every connection of its own when many tasks ask at once`() async throws {
        let server = try await AttestedServer(source: Self.source)
        let client = try Self.client(server.port)
        try await withThrowingTaskGroup(of: Evaluation.self) { group in
            for _ in 0..<16 { group.addTask { try await client.evaluate(Self.image) } }
            for try await evaluation in group { #expect(evaluation.engines.count == 1) }
        }
        #expect(server.challengeCount == server.connectionCount)
        #expect((1...16).contains(server.connectionCount))
        await client.close()
    }

    @Test func `works through a network that only carries bytes`() async throws {
        let server = try await AttestedServer(source: Self.source)
        let middle = try await ManInTheMiddle(before: server.port, .carries)
        let client = try Self.client(middle.port)
        #expect(try await client.evaluate(Self.image).engines.count == 1)
        Self.expectNothingPrivate(middle.ofClient)
        #expect(middle.ofClient.count > Self.image.bytes.count)
        await client.close()
    }

    @Test func `gives a man in the middle who relays true evidence nothing but a challenge`() async throws {
        let server = try await AttestedServer(source: Self.source)
        let middle = try await ManInTheMiddle(
            before: server.port,
            .terminates(try await ServerIdentity(from: Self.source))
        )
        #expect(await Self.refusal(try Self.client(middle.port)) == ["policy.report-data-mismatch"])
        Self.expectOnlyChallenges(middle.ofClient, middle.port)
        Self.expectOnlyChallenges(server.received, middle.port)
        #expect(String(decoding: middle.ofServer, as: UTF8.self).contains("200 OK"), "the evidence itself was true")
    }

    @Test func `refuses old evidence that is shown again`() async throws {
        let honest = try await AttestedServer(source: Self.source)
        let old = try await honest.issuer.document(nonce: Challenge.random().hexadecimal)
        let server = try await AttestedServer(.replay(old), source: Self.source)
        #expect(await Self.refusal(try Self.client(server.port)) == ["policy.report-data-mismatch"])
        Self.expectOnlyChallenges(server.received, server.port)
    }

    @Test func `refuses evidence of another key, made for this very challenge`() async throws {
        let other = try await AttestedServer(source: Self.source)
        let server = try await AttestedServer(.evidence(of: other.issuer), source: Self.source)
        #expect(await Self.refusal(try Self.client(server.port)) == ["policy.report-data-mismatch"])
        Self.expectOnlyChallenges(server.received, server.port)
    }

    @Test func `refuses evidence for another nonce`() async throws {
        let server = try await AttestedServer(.anotherNonce, source: Self.source)
        #expect(await Self.refusal(try Self.client(server.port)) == ["policy.report-data-mismatch"])
        Self.expectOnlyChallenges(server.received, server.port)
    }

    @Test func `refuses a certificate that changed since the last connection`() async throws {
        let server = try await AttestedServer(source: Self.source)
        let middle = try await ManInTheMiddle(before: server.port, .carries)
        let first = try Self.client(middle.port)
        #expect(try await first.evaluate(Self.image).engines.count == 1)
        await first.close()
        let before = server.received.count
        middle.change(to: .terminates(try await ServerIdentity(from: Self.source)))
        let readable = middle.ofClient.count
        #expect(await Self.refusal(try Self.client(middle.port)) == ["policy.report-data-mismatch"])
        Self.expectOnlyChallenges(Array(middle.ofClient.dropFirst(readable)), middle.port)
        Self.expectOnlyChallenges(Array(server.received.dropFirst(before)), middle.port)
    }

    @Test func `refuses what the policy does not name`() async throws {
        let server = try await AttestedServer(source: Self.source)
        let other = String(repeating: "0", count: 64)
        let client = try Self.client(server.port, policy: Self.policy(naming: other))
        #expect(await Self.refusal(client) == ["policy.root-not-named"])
        let hardware = try Self.client(server.port, policy: AppraisalPolicy())
        #expect(await Self.refusal(hardware) == ["policy.platform-not-named"])
        var wantsPackage = Self.policy()
        wantsPackage.package = AppraisalPolicy.PackageRule()
        #expect(await Self.refusal(try Self.client(server.port, policy: wantsPackage)) == ["policy.package-unbound"])
        Self.expectOnlyChallenges(server.received, server.port, count: 3)
    }

    @Test func `refuses a server that gives no evidence`() async throws {
        for status in [404, 500, 204] {
            let server = try await AttestedServer(.status(status), source: Self.source)
            #expect(await Self.refusal(try Self.client(server.port)) == ["connection.evidence-missing"])
            Self.expectOnlyChallenges(server.received, server.port)
        }
        let server = try await AttestedServer(.garbage, source: Self.source)
        #expect(await Self.refusal(try Self.client(server.port)) == ["connection.document-invalid"])
        Self.expectOnlyChallenges(server.received, server.port)
    }

    @Test func `waits with a fresh challenge where the server is busy`() async throws {
        let server = try await AttestedServer(.busyAtFirst(2), source: Self.source)
        let client = try Self.client(server.port)
        #expect(try await client.peer() != nil)
        Self.expectOnlyChallenges(server.received, server.port, count: 3)
        let lines = String(decoding: server.received, as: UTF8.self).components(separatedBy: "\r\n")
        #expect(Set(lines.filter { $0.hasPrefix("GET") }).count == 3, "no nonce twice")
        await client.close()
    }

    @Test func `refuses an answer that comes after its challenge's time`() async throws {
        let server = try await AttestedServer(source: Self.source)
        let times = TimeMachine(step: 61)
        let client = try Self.client(server.port, now: { times.next() })
        #expect(await Self.refusal(client) == ["connection.challenge-spent"])
        Self.expectOnlyChallenges(server.received, server.port)
    }

    @Test func `sends nothing to a server in plain text, nor to one of older TLS`() async throws {
        let plain = try ScriptedServer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        let old = try await AttestedServer(source: Self.source) { configuration in
            configuration.minimumTLSVersion = .tlsv12
            configuration.maximumTLSVersion = .tlsv12
        }
        for port in [plain.port, old.port] {
            let client = try Self.client(port)
            let error = await #expect(throws: ClientError.self) { try await client.evaluate(Self.image) }
            #expect(error?.code == .connectionFailed)
            await client.close()
        }
        Self.expectNothingPrivate(Array(plain.received.utf8))
        // The first flight of TLS, of which the text has three bytes where one is no UTF-8.
        #expect(plain.received.utf8.count < 6000)
        #expect(old.received.isEmpty)
    }

    @Test func `asks for proof anew on each connection, and on a kept one after a while`() async throws {
        let server = try await AttestedServer(source: Self.source)
        let patient = try Self.client(server.port, reverification: .seconds(600))
        for _ in 0..<2 { _ = try await patient.evaluate(Self.image) }
        #expect(server.connectionCount == 1)
        #expect(server.challengeCount == 1)
        await patient.close()
        let wary = try Self.client(server.port, reverification: .zero)
        _ = try await wary.evaluate(Self.image)
        _ = try await wary.evaluate(Self.image)
        #expect(server.connectionCount == 2)
        #expect(server.challengeCount == 3)
        await wary.close()
    }

    @Test func `refuses to join plain text with a policy, and TLS without one`() throws {
        let (http, https) = (try ServerAddress("http://127.0.0.1:1"), try ServerAddress("https://127.0.0.1:1"))
        let plain = #expect(throws: ClientError.self) { try InferenceClient(http, policy: Self.policy()) }
        #expect(plain?.code == .plaintextRefused)
        let open = #expect(throws: ClientError.self) { try InferenceClient(insecurePlaintext: https) }
        #expect(open?.code == .addressInvalid)
    }
}

/// A clock that jumps each time that somebody looks at it.
private final class TimeMachine: Sendable {
    private let start = Date()
    private let step: Double
    private let count = Counter()

    init(step: Double) { self.step = step }

    func next() -> Date { start.addingTimeInterval(step * Double(count.next())) }
}
