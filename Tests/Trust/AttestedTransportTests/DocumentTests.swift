import Attestation
import AttestedTransport
import Diagnostics
import Foundation
import TestSupport
import Testing

/// Tests the certificate and the document that contain evidence.
@Suite struct DocumentTests {
    private static func issuer(
        _ package: PackageDocuments = .none,
        limits: EvidenceRateLimiter.Limits = .init()
    ) async throws -> EvidenceIssuer {
        EvidenceIssuer(
            identity: try await ServerIdentity(from: TransportSample.source),
            source: TransportSample.source,
            package: package,
            limits: limits
        )
    }

    @Test(.enabled(if: OutsideTool.python.isReady, "Scripts/setup.sh test brings Python"))
    func `carries evidence in its certificate as interoperable RA-TLS does, says Python`() async throws {
        let folder = try ScratchFolder()
        let identity = try await ServerIdentity(from: TransportSample.source)
        let file = try folder.write(identity.certificate, "certificate.der")
        let answer = try await TransportSample.ask("certificate", file)
        let found = try #require(try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any])
        #expect(found["tag"] as? Int == 60_000)
        #expect(found["critical"] as? Bool == false)
        #expect(found["claims"] as? [String] == ["pubkey-hash"])
        #expect(found["algorithm"] as? Int == 1)
        #expect(found["keyMatches"] as? Bool == true)
        #expect(found["kind"] as? String == "process")
        #expect(found["reportDataMatches"] as? Bool == true)
    }

    @Test func `makes a certificate that openssl reads and verifies`() async throws {
        let openssl = try #require(OutsideTool(named: "openssl"))
        let folder = try ScratchFolder()
        let identity = try await ServerIdentity(from: TransportSample.source)
        let der = try folder.write(identity.certificate, "certificate.der")
        let text = try await openssl.run(["x509", "-inform", "der", "-in", der, "-noout", "-text"])
        let shown = String(decoding: text.standardOutput, as: UTF8.self)
        #expect(text.status == 0 && shown.contains("2.23.133.5.4.9") && shown.contains("prime256v1"), "\(shown)")
        let pem = folder.url.appending(path: "certificate.pem").path
        _ = try await openssl.run(["x509", "-inform", "der", "-in", der, "-out", pem])
        let verified = try await openssl.run(["verify", "-CAfile", pem, "-check_ss_sig", pem])
        #expect(verified.status == 0, "\(verified.standardError)")
        for (name, isStated) in [("adyton.invalid", true), ("localhost", false)] {
            let named = try await openssl.run(["x509", "-in", pem, "-noout", "-checkhost", name])
            let text = String(decoding: named.standardOutput, as: UTF8.self)
            #expect(text.contains("does match certificate") == isStated, "\(text)")
        }
        #expect(CertificatePEM.pem(identity.certificate) == (try String(contentsOfFile: pem, encoding: .utf8)))
        let key = try await openssl.run(["x509", "-in", pem, "-noout", "-pubkey"])
        let raw = try await openssl.run(["pkey", "-pubin", "-outform", "der"], input: key.standardOutput)
        #expect(Array(raw.standardOutput) == identity.tlsPublicKey)
    }

    @Test func `makes other keys at every start`() async throws {
        let (one, two) = (
            try await ServerIdentity(from: TransportSample.source),
            try await ServerIdentity(from: TransportSample.source)
        )
        #expect(one.tlsPublicKey != two.tlsPublicKey)
        #expect(one.hpkeConfiguration != two.hpkeConfiguration)
    }

    @Test(.enabled(if: OutsideTool.python.isReady, "Scripts/setup.sh test brings Python"), arguments: [true, false])
    func `answers a challenge with evidence of the transcript, says Python`(hasPackage: Bool) async throws {
        let folder = try ScratchFolder()
        let package = hasPackage ? PackageDocuments(manifest: Array("{}".utf8), signature: [1, 2]) : .none
        let issuer = try await Self.issuer(package)
        let nonce = Challenge.random().hexadecimal
        let json = try await issuer.document(nonce: nonce)
        let answer = try await TransportSample.ask(
            "document",
            try folder.write(json, "document.json"),
            nonce,
            Hexadecimal.text(issuer.identity.tlsPublicKey)
        )
        let found = try JSONDecoder().decode([String: String].self, from: Data(answer.utf8))
        #expect(found["expected"] == found["found"])
        let document = try EvidenceDocument(json: json)
        #expect(document.package == package)
        #expect(document.json == json)
    }

    @Test func `refuses every document that is cut, and every unknown key`() async throws {
        let json = try await Self.issuer(PackageDocuments(manifest: [1], signature: [2]))
            .document(nonce: Challenge.random().hexadecimal)
        // The final line break is optional.
        for count in 0..<json.count - 2 {
            #expect(throws: TransportError.self) { try EvidenceDocument(json: Array(json.prefix(count))) }
        }
        let text = String(decoding: json, as: UTF8.self)
        let changes = [
            ("\"version\":1,\"transcript\"", "\"version\":2,\"transcript\""),
            ("\"kind\":\"process\"", "\"kind\":\"cloud\""),
            ("connection v1", "connection v2"), ("{\"evidence\"", "{\"more\":1,\"evidence\""),
            ("{\"kind\"", "{\"more\":1,\"kind\""), ("\"hpkeKeys\":\"AC", "\"hpkeKeys\":\"AD"),
        ]
        for (old, new) in changes where text.contains(old) {
            let changed = Array(text.replacingOccurrences(of: old, with: new).utf8)
            #expect(throws: TransportError.self, "\(new)") { try EvidenceDocument(json: changed) }
        }
        #expect(changes.filter { text.contains($0.0) }.count >= 5)
        let huge = [UInt8](repeating: 0x20, count: EvidenceDocument.maximumSize + 1)
        #expect(throws: TransportError.self) { try EvidenceDocument(json: huge) }
    }

    @Test func `gives no identity where the platform gives no evidence`() async {
        await #expect(throws: TransportError.self) { try await ServerIdentity(from: DeadSource()) }
        await #expect(throws: TransportError.self) { try await ServerIdentity(from: VastSource()) }
    }

    @Test func `does not wait for a platform for ever`() async throws {
        var limits = EvidenceRateLimiter.Limits()
        limits.timeout = .milliseconds(50)
        let issuer = EvidenceIssuer(
            identity: try await ServerIdentity(from: TransportSample.source),
            source: SlowSource(),
            package: .none,
            limits: limits
        )
        let error = await #expect(throws: TransportError.self) {
            try await issuer.document(nonce: Challenge.random().hexadecimal)
        }
        #expect(error?.code == .timedOut)
    }

    @Test func `answers a flood with a bounded number of documents`() async throws {
        var limits = EvidenceRateLimiter.Limits()
        limits.answersPerSecond = 1
        limits.burst = 3
        let issuer = try await Self.issuer(limits: limits)
        var answered = 0
        for _ in 0..<50 {
            do {
                _ = try await issuer.document(nonce: Challenge.random().hexadecimal)
                answered += 1
            } catch let error as TransportError {
                #expect(error.code == .tooManyRequests)
                #expect(error.expected == "1")
            }
        }
        #expect((3...5).contains(answered))
    }

    @Test func `lets so many through at once and so many a second`() {
        var limits = EvidenceRateLimiter.Limits()
        (limits.answersPerSecond, limits.burst, limits.maximumUnderWay) = (2, 4, 2)
        let start = ContinuousClock().now
        var gate = EvidenceRateLimiter(limits, now: start)
        #expect(gate.admit(at: start) == .answer)
        #expect(gate.admit(at: start) == .answer)
        #expect(gate.admit(at: start) == .refuse(retryAfterSeconds: 1), "two are under way")
        gate.finish()
        gate.finish()
        #expect(gate.admit(at: start) == .answer)
        gate.finish()
        #expect(gate.admit(at: start) == .answer)
        gate.finish()
        #expect(gate.admit(at: start) == .refuse(retryAfterSeconds: 1), "the burst is used up")
        #expect(gate.admit(at: start + .milliseconds(499)) == .refuse(retryAfterSeconds: 1))
        #expect(gate.admit(at: start + .milliseconds(501)) == .answer)
        gate.finish()
        var counted = 0
        for tick in 0..<1000 where gate.admit(at: start + .seconds(100) + .milliseconds(10 * tick)) == .answer {
            counted += 1
            gate.finish()
        }
        #expect((22...25).contains(counted), "4 at once and 2 a second in ten seconds, not \(counted)")
    }
}

private struct DeadSource: EvidenceSource {
    let kind = EvidenceKind.developerVtpm

    func evidence(binding: ReportData) async throws -> EvidenceBundle {
        throw TransportError(.unavailable, subject: "test")
    }
}

private struct VastSource: EvidenceSource {
    let kind = EvidenceKind.tdx

    func evidence(binding: ReportData) async throws -> EvidenceBundle {
        EvidenceBundle(kind: kind, parts: ["quote": [UInt8](repeating: 0, count: 1 << 20)])
    }
}

private struct SlowSource: EvidenceSource {
    let kind = EvidenceKind.developerProcess

    func evidence(binding: ReportData) async throws -> EvidenceBundle {
        try await Task.sleep(for: .seconds(60))
        return EvidenceBundle(kind: kind, parts: [:])
    }
}
