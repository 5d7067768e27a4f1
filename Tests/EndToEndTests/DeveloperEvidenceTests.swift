import Attestation
import Crypto
import Foundation
import TestSupport
import Testing

/// What the commands say of evidence and packages that are only for a developer's own tests.
@Suite("Developer's evidence") struct DeveloperEvidenceTests {
    private let folder: TemporaryFolder
    private let key = P256.Signing.PrivateKey()
    private let evidence: String
    private let root: String

    init() throws {
        folder = try TemporaryFolder()
        let kept = folder.url.appending(path: "kept")
        try FileManager.default.createDirectory(at: kept, withIntermediateDirectories: true)
        let bundle = try InsecureProcessEvidence(
            signedBy: key,
            reportData: [UInt8](repeating: 1, count: 64),
            now: Date()
        ).bundle
        evidence = kept.appending(path: "process.json").path
        try bundle.json.write(to: URL(filePath: evidence))
        root = folder.url.appending(path: "root.pem").path
        try Data(key.publicKey.pemRepresentation.utf8).write(to: URL(filePath: root))
    }

    private func path(_ name: String) -> String { folder.url.appending(path: name).path }

    /// A policy that names a root, this one's or another.
    private func policy(_ name: String, naming key: P256.Signing.PublicKey) throws -> String {
        var policy = AppraisalPolicy()
        var rule = AppraisalPolicy.PlatformRule()
        rule.roots = [TrustAnchor(insecureDeveloperProcessKey: Array(key.derRepresentation)).fingerprint]
        policy.platforms[.developerProcess] = rule
        try policy.json.write(to: URL(filePath: path(name)))
        return path(name)
    }

    private static func text(_ output: OutsideTool.Output) -> String {
        String(decoding: output.standardOutput, as: UTF8.self)
    }

    @Test func `a policy judges it only where the verifier is given the root, and says INSECURE`() async throws {
        let policy = try policy("policy.json", naming: key.publicKey)
        let check = ["policy", "check", policy, "--evidence", evidence]
        let unknown = try await Tool.adyton.run(check)
        #expect(unknown.status == 1 && Self.text(unknown).contains("refused"), "\(Self.text(unknown))")
        let known = try await Tool.adyton.run(check + ["--trust-insecure-developer-root", root])
        #expect(known.status == 0, "\(Self.text(known)) \(known.standardError)")
        #expect(Self.text(known).contains(": accepted") && Self.text(known).contains("INSECURE"))
        #expect(known.standardError.contains("INSECURE: a developer's root is trusted"))
        let stranger = try self.policy("stranger.json", naming: P256.Signing.PrivateKey().publicKey)
        let unnamed = try await Tool.adyton.run(
            ["policy", "check", stranger, "--evidence", evidence, "--trust-insecure-developer-root", root])
        #expect(unnamed.status == 1 && Self.text(unnamed).contains("policy.root-not-named"))
        let missing = try await Tool.adyton.run(check + ["--trust-insecure-developer-root", path("none.pem")])
        #expect(missing.status == 66)
        let wrong = try await Tool.adyton.run(check + ["--trust-insecure-developer-root", evidence])
        #expect(wrong.status == 65)
    }

    @Test func `a change of a policy is judged by it, too`() async throws {
        let old = try policy("old.json", naming: key.publicKey)
        let new = try policy("new.json", naming: P256.Signing.PrivateKey().publicKey)
        let arguments = ["policy", "diff", old, new, "--evidence", path("kept")]
        let unknown = try await Tool.adyton.run(arguments)
        #expect(unknown.status == 0 && Self.text(unknown).contains("1 not verified"), "\(Self.text(unknown))")
        let known = try await Tool.adyton.run(arguments + ["--trust-insecure-developer-root", root])
        #expect(known.status == 1 && Self.text(known).contains("newly refused: process.json"), "\(Self.text(known))")
        #expect(Self.text(known).contains("INSECURE") && Self.text(known).contains("policy.root-not-named"))
    }

    @Test func `a debug package's policy says so, and so does every command that reads it`() async throws {
        let values = """
            {"name": "a", "digest": "\(String(repeating: "a", count: 64))", "debug": true, "platforms": {
              "snp": {"measurement": ["\(String(repeating: "b", count: 96))"]}
            }}
            """
        try Data(values.utf8).write(to: URL(filePath: path("values.json")))
        let made = try await Tool.adyton.run(["policy", "from", path("values.json")])
        #expect(made.status == 0 && made.standardError.contains("accepts a debug package"), "\(made.standardError)")
        try made.standardOutput.write(to: URL(filePath: path("policy.json")))
        let policy = try AppraisalPolicy(reading: URL(filePath: path("policy.json")))
        #expect(policy.package?.acceptsDebug == true)
        let lint = try await Tool.adyton.run(["policy", "lint", path("policy.json")])
        #expect(lint.status == 1 && Self.text(lint).contains("lint.debug-package"))
        #expect(lint.standardError.contains("INSECURE"))
        let check = try await Tool.adyton.run([
            "policy", "check", path("policy.json"), "--evidence", evidence, "--json",
        ])
        #expect(check.standardError.contains("INSECURE") && Self.text(check).contains("accepts a debug package"))
    }

    /// A genuine report with its certificates.
    private static let published = [
        "report": "snp/oak/report_v5_turin_oc.bin", "vcek": "snp/oak/vcek_turin_oc.der",
        "ask": "snp/amd-roots/turin_ask.der", "ark": "snp/amd-roots/turin_ark.der",
    ]

    @Test(.enabled(if: PublicEvidence.isReady(PublicEvidence.index), "\(PublicEvidence.absence)"))
    func `a look without a policy names what a policy would refuse`() async throws {
        let parts = try Self.published.mapValues { try PublicEvidence.bytes($0) }
        try EvidenceBundle(kind: .snp, parts: parts).json.write(to: URL(filePath: path("snp.json")))
        let look = try await Tool.adyton.run(["verify", path("snp.json"), "--at", "2025-08-16T00:00:00Z"])
        #expect(look.status == 0, "\(Self.text(look)) \(look.standardError)")
        let reservation = "a policy refuses it unless it names: platform (endorsement.revocation-not-checked)"
        #expect(Self.text(look).contains(reservation), "\(Self.text(look))")
        let known = try await Tool.adyton.run(["verify", evidence, "--trust-insecure-developer-root", root])
        #expect(known.status == 0 && Self.text(known).contains("INSECURE: a developer's platform"))
        #expect(try await Tool.adyton.run(["verify", evidence]).status == 1)
    }
}
