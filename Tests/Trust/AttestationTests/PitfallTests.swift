import Attestation
import Crypto
import Diagnostics
import Foundation
import TestSupport
import Testing

/// Known mistakes of other verifiers, in the order of their list.
///
/// Numbers 5, 7, 15 and 18 concern transports (concatenated transcripts, blocking device access, unbounded streams,
/// trusted headers); the tests with these numbers check the corresponding mistake in evidence. Number 10 is tested with
/// the cache and the vendors' services.
@Suite("Pitfalls", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct PitfallTests {
    @Test func `1. versions are compared by at least, each component by itself`() throws {
        var (evidence, policy, clock) = try PolicyTests.sample()
        policy.platforms[.snp]?.minimumTCB["Turin"] = ["bootloader": 0, "snp": 1, "microcode": 70]
        #expect(policy.dryRun(evidence, at: clock).isEmpty)
        policy.platforms[.snp]?.minimumTCB["Turin"] = ["bootloader": 2, "snp": 0, "microcode": 0]
        #expect(policy.dryRun(evidence, at: clock).map(\.fields) == [["bootloader"]])
    }

    @Test func `2. a platform that is out of date is not called revoked`() throws {
        let verified = try Vectors.sample("tdx/trustee/v4-granite-rapids").verified()
        #expect(verified.claims.status == .outOfDate)
        var policy = AppraisalPolicy()
        policy.platforms[.tdx] = AppraisalPolicy.PlatformRule()
        let findings = policy.dryRun(verified, at: verified.verifiedAt)
        #expect(findings.contains { $0.id == "policy.status-not-accepted" && $0.found == "OutOfDate" })
        #expect(!findings.contains { $0.id.contains("revoked") })
    }

    @Test func `3. a key that the hardware does not bind is refused`() throws {
        let findings = try Vectors.sample("azure-vtpm/derived-negatives/runtime-data-of-other-vm").findings()
        #expect(findings.map(\.id) == ["azure.runtime-data-unbound"])
    }

    @Test func `4. what follows the bound bytes must be zero`() throws {
        let (evidence, policy, clock) = try PolicyTests.sample()
        func isAccepted(_ count: Int) throws -> Bool {
            let binding = try Binding(reportData: Array(evidence.claims.reportData.prefix(count)))
            if case .accepted = policy.appraise(evidence, binding: binding, at: clock) { return true }
            return false
        }
        #expect(try isAccepted(64))
        #expect(try isAccepted(32))
        #expect(try !isAccepted(31))
        #expect(throws: AttestationError.self) { try Binding(reportData: [1]) }
    }

    @Test func `5. joined fields keep their bounds`() throws {
        func signed(_ header: [UInt8], _ payload: [UInt8]) throws -> [UInt8] {
            let signature = [UInt8](repeating: 0, count: 96)
            let bytes = [0x84, 0x40 | UInt8(header.count)] + header + [0xA0, 0x40 | UInt8(payload.count)] + payload
            return try CoseSign1(bytes + [0x58, 96] + signature, subject: "document").signedBytes
        }
        #expect(try signed([0x01], [0x02, 0x03]) != signed([0x19, 0x02, 0x03], []))
    }

    @Test func `6. a claimed length reserves nothing`() throws {
        let claims: [[UInt8]] = [
            [0x9B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x5A, 0xFF, 0xFF, 0xFF, 0xFF],
        ]
        for bytes in claims {
            let finding = try AttestationError.thrown { _ = try CborValue(bytes, subject: "document") }
            #expect(finding.id == "evidence.truncated")
        }
        let overflow = try Vectors.sample("azure-vtpm/derived-negatives/runtime-data-length-overflow")
        #expect(overflow.findings().map(\.id) == ["evidence.truncated"])
    }

    @Test func `7. what never ends is refused, not waited for`() throws {
        let finding = try AttestationError.thrown { _ = try CborValue([0xBF, 0x01, 0x02], subject: "document") }
        #expect(finding.id == "evidence.truncated")
    }

    @Test func `8. a simulated platform is refused without its root`() throws {
        let key = P256.Signing.PrivateKey()
        let now = Date(timeIntervalSince1970: 1_750_000_000)
        let evidence = try InsecureProcessEvidence(signedBy: key, reportData: [], now: now)
        guard case .refused(let findings) = Verifier().verify(UnverifiedEvidence(insecureProcess: evidence), at: now)
        else {
            Issue.record("a simulated platform is verified")
            return
        }
        #expect(findings.map(\.id) == ["process.key-unknown"])
    }

    @Test func `9. signed JSON is verified as it was served`() throws {
        var sample = try Vectors.sample("tdx/dcap-qvl/v4-uptodate")
        #expect(sample.findings().isEmpty)
        let text = String(decoding: try #require(sample.parts["collateral"]), as: UTF8.self)
        let spaced = text.replacing(#"{\"id\":\"TDX\""#, with: #"{ \"id\":\"TDX\""#)
        #expect(spaced != text)
        sample.parts["collateral"] = Array(spaced.utf8)
        #expect(sample.findings().contains { $0.id == "dcap.collateral-signature-invalid" }, "\(sample.findings())")
    }

    @Test func `11. revocation is looked at unless a policy says until when not`() throws {
        var (evidence, policy, clock) = try PolicyTests.sample()
        policy.platforms[.snp]?.tolerated = [:]
        #expect(policy.dryRun(evidence, at: clock).map(\.id) == ["endorsement.revocation-not-checked"])
    }

    @Test func `12. debugging is refused unless it is named`() throws {
        let sample = try Vectors.sample("snp/go-sev-guest/milan-v2-debug-policy")
        let verified = try sample.verified()
        #expect(verified.claims.isDebug)
        guard case .refused(let findings) = AuthenticityPolicy().evaluate(verified) else {
            Issue.record("debugging is overlooked")
            return
        }
        #expect(findings.contains { $0.id == "snp.debug" })
    }

    @Test func `13. the version of a Turin is not read as that of a Milan`() throws {
        let turin = try Vectors.sample("snp/oak/turin-v5").verified().claims
        #expect(turin.tcb["snp"] == 2)
        #expect(turin.tcb["bootloader"] == 1)
        let milan = try Vectors.sample("snp/oak/milan-v3").verified().claims
        #expect(milan.tcb == ["bootloader": 4, "tee": 0, "snp": 24, "microcode": 219])
    }

    @Test func `14. the worst of all parts is the status`() throws {
        let verified = try Vectors.sample("tdx/trustee/v4-granite-rapids").verified()
        #expect(verified.claims.status == .outOfDate)
        let upToDate = try Vectors.sample("tdx/dcap-qvl/v4-uptodate").verified()
        #expect(upToDate.claims.status == .upToDate)
    }

    @Test func `15. evidence without its end is no evidence`() throws {
        let document = try Vectors.bytes("nitro/dstack/doc_2025_a.bin")
        #expect(throws: AttestationError.self) { try NitroDocument(Array(document.dropLast())) }
    }

    @Test func `16. a challenge is not taken twice`() {
        var challenges = OutstandingChallenges()
        let now = Date(timeIntervalSince1970: 0)
        let challenge = challenges.issue(random: [UInt8](repeating: 9, count: 32), at: now)
        let answers = (challenges.redeem(challenge, at: now), challenges.redeem(challenge, at: now))
        #expect(answers == (true, false))
    }

    @Test func `17. evidence for another connection is refused`() throws {
        let (evidence, policy, clock) = try PolicyTests.sample()
        let other = try Binding(reportData: Array(SHA512.hash(data: Array("another transcript".utf8))))
        guard case .refused(let findings) = policy.appraise(evidence, binding: other, at: clock) else {
            Issue.record("evidence for another connection is accepted")
            return
        }
        #expect(findings.map(\.id) == ["policy.report-data-mismatch"])
    }

    @Test func `18. what a sender calls its evidence proves nothing`() throws {
        let sample = try Vectors.sample("snp/oak/turin-v5")
        let bundle = EvidenceBundle(kind: .tdx, parts: sample.parts)
        #expect(throws: AttestationError.self) { try bundle.evidence() }
        #expect(try UnverifiedEvidence(kind: .snp, parts: EvidenceParts(sample.parts)).kind == .snp)
    }

    @Test func `19. a development machine with the same keys is not taken for the hardware`() throws {
        let key = P256.Signing.PrivateKey()
        let (evidence, policy, clock) = try PolicyTests.sample()
        let statement = try InsecureProcessEvidence(signedBy: key, reportData: evidence.claims.reportData, now: clock)
        let root = TrustAnchor(insecureDeveloperProcessKey: Array(key.publicKey.derRepresentation))
        let verifier = Verifier(alsoTrustingDeveloperRoots: [root])
        guard case .verified(let verified) = verifier.verify(UnverifiedEvidence(insecureProcess: statement), at: clock)
        else {
            Issue.record("the statement is not verified under its root")
            return
        }
        let binding = try Binding(reportData: evidence.claims.reportData)
        guard case .refused(let findings) = policy.appraise(verified, binding: binding, at: clock) else {
            Issue.record("a development machine is accepted")
            return
        }
        #expect(findings.contains { $0.id == "policy.platform-not-named" })
    }

    @Test func `20. what lacks refuses`() throws {
        let (evidence, _, clock) = try PolicyTests.sample()
        #expect(!AppraisalPolicy().dryRun(evidence, at: clock).isEmpty)
        var policy = AppraisalPolicy()
        policy.platforms[.snp] = AppraisalPolicy.PlatformRule()
        #expect(policy.dryRun(evidence, at: clock).contains { $0.id == "policy.reference-missing" })
        for part in ["report", "vcek", "ask"] {
            var sample = try Vectors.sample("snp/oak/turin-v5")
            sample.parts[part] = nil
            #expect(!sample.findings().isEmpty, "\(part)")
        }
    }
}
