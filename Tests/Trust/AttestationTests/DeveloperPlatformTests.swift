import Attestation
import Crypto
import Diagnostics
import Foundation
import Testing

@Suite("Developer platforms")
struct DeveloperPlatformTests {
    private let key = P256.Signing.PrivateKey()
    private let now = Date(timeIntervalSince1970: 1_750_000_000)

    private var root: TrustAnchor { TrustAnchor(insecureDeveloperProcessKey: Array(key.publicKey.derRepresentation)) }

    private func sample() throws -> Sample {
        let evidence = try InsecureProcessEvidence(signedBy: key, reportData: Array(1...32), now: now)
        return Sample(kind: .developerProcess, parts: evidence.bundle.parts, clock: now)
    }

    @Test func `a statement is verified under its own root alone`() throws {
        let sample = try sample()
        #expect(sample.findings().map(\.id) == ["process.key-unknown"])
        let other = TrustAnchor(
            insecureDeveloperProcessKey: Array(P256.Signing.PrivateKey().publicKey.derRepresentation)
        )
        #expect(sample.findings(Verifier(alsoTrustingDeveloperRoots: [other])).map(\.id) == ["process.key-unknown"])
        let verified = try sample.verified(Verifier(alsoTrustingDeveloperRoots: [root]))
        #expect(verified.claims.root == root.fingerprint)
        #expect(verified.claims.reportData == Array(1...32) + [UInt8](repeating: 0, count: 32))
    }

    @Test func `every policy refuses it that does not name that very root`() throws {
        let verified = try sample().verified(Verifier(alsoTrustingDeveloperRoots: [root]))
        var policy = AppraisalPolicy()
        policy.platforms[.snp] = AppraisalPolicy.PlatformRule()
        #expect(policy.dryRun(verified, at: now).map(\.id) == ["policy.platform-not-named"])
        policy.platforms[.developerProcess] = AppraisalPolicy.PlatformRule()
        #expect(policy.dryRun(verified, at: now).map(\.id) == ["policy.root-not-named"])
        policy.platforms[.developerProcess]?.roots = [String(repeating: "0", count: 64)]
        #expect(policy.dryRun(verified, at: now).map(\.id) == ["policy.root-not-named"])
        policy.platforms[.developerProcess]?.roots = [root.fingerprint]
        #expect(policy.dryRun(verified, at: now).isEmpty)
    }

    @Test(arguments: ["statement", "signature", "public_key"])
    func `a changed part is refused by a finding that names it`(part: String) throws {
        let sample = try sample()
        let verifier = Verifier(alsoTrustingDeveloperRoots: [root])
        for index in 0..<(try #require(sample.parts[part]).count) {
            let findings = sample.flipping(part, at: index).findings(verifier)
            #expect(findings.contains { $0.fields.contains(part) }, "byte \(index): \(findings)")
        }
    }

    @Test func `a statement that is cut is refused`() throws {
        var sample = try sample()
        let statement = try #require(sample.parts["statement"])
        for length in 0..<statement.count {
            sample.parts["statement"] = Array(statement.prefix(length))
            #expect(sample.findings().map(\.id) == ["process.statement-invalid"])
        }
    }

    @Test func `a signature of the key over something else is no statement`() throws {
        var sample = try sample()
        let statement = try #require(sample.parts["statement"])
        sample.parts["signature"] = Array(try key.signature(for: statement).rawRepresentation)
        let findings = sample.findings(Verifier(alsoTrustingDeveloperRoots: [root]))
        #expect(findings.map(\.id) == ["process.signature-invalid"])
    }

    @Test func `a root of a developer vouches for no hardware`() {
        #expect(root.kinds == [.developerProcess])
        #expect(TrustAnchor.vendors.allSatisfy { anchor in anchor.kinds.allSatisfy { !$0.isDeveloperPlatform } })
    }

    @Test func `a bundle is written and read again as the same`() throws {
        let sample = try sample()
        let bundle = EvidenceBundle(kind: sample.kind, parts: sample.parts)
        let again = try EvidenceBundle(json: bundle.json, subject: "again")
        #expect(again.kind == bundle.kind)
        #expect(again.parts == bundle.parts)
    }

    @Test(
        arguments: [
            (#"{"version": 2, "kind": "snp", "parts": {}}"#, "evidence.bundle-invalid"),
            (#"{"version": 1, "kind": "sev", "parts": {}}"#, "evidence.kind-unknown"),
            (#"{"version": 1, "kind": "snp", "parts": {}, "note": ""}"#, "evidence.bundle-invalid"),
            (#"{"version": 1, "kind": "snp", "parts": {"report": "%"}}"#, "evidence.bundle-invalid"),
            ("", "evidence.bundle-invalid"),
        ]
    )
    func `a false bundle is refused`(json: String, id: String) throws {
        let finding = try AttestationError.thrown { _ = try EvidenceBundle(json: Data(json.utf8), subject: "bundle") }
        #expect(finding.id == id)
    }

    @Test func `a bundle without a part is refused by the part's name`() throws {
        let bundle = EvidenceBundle(kind: .nitro, parts: ["report": [1]])
        let finding = try AttestationError.thrown { _ = try bundle.evidence() }
        #expect(finding.id == "evidence.part-missing")
        #expect(finding.fields == ["document"])
        #expect(finding.found == "parts report")
    }

    @Test func `a challenge is good once, and for a while`() {
        var challenges = OutstandingChallenges(lifetimeInSeconds: 60, maximumCount: 2)
        let first = challenges.issue(random: [UInt8](repeating: 1, count: 32), at: now)
        let answer1 = challenges.redeem(first, at: now + 59)
        #expect(answer1)
        let answer2 = challenges.redeem(first, at: now + 59)
        #expect(!answer2)
        let second = challenges.issue(random: [UInt8](repeating: 2, count: 32), at: now)
        let answer3 = challenges.redeem(second, at: now + 61)
        #expect(!answer3)
        let answer4 = challenges.redeem([UInt8](repeating: 3, count: 32), at: now)
        #expect(!answer4)
        for number: UInt8 in 4...6 {
            _ = challenges.issue(random: [UInt8](repeating: number, count: 32), at: now + Double(number))
        }
        let answer5 = challenges.redeem([UInt8](repeating: 4, count: 32), at: now + 7)
        #expect(!answer5)
        let answer6 = challenges.redeem([UInt8](repeating: 6, count: 32), at: now + 7)
        #expect(answer6)
    }
}
