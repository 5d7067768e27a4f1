import Attestation
import Diagnostics
import Foundation
import TestSupport
import Testing

/// Version 2 of the policy format: what is new, and how version 1 is read.
@Suite("Policy version 2", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct PolicyVersionTests {
    struct Change: Sendable, CustomTestStringConvertible {
        let id: String
        let field: String
        let change: @Sendable (inout AppraisalPolicy.PlatformRule) -> Void
        var testDescription: String { "\(id) \(field)" }

        init(_ id: String, _ field: String, _ change: @escaping @Sendable (inout AppraisalPolicy.PlatformRule) -> Void)
        {
            (self.id, self.field, self.change) = (id, field, change)
        }
    }

    @Test(
        arguments: [
            Change("policy.guest-policy-mismatch", "debug") { $0.guestPolicy["debug"] = true },
            Change("policy.guest-policy-mismatch", "migration") { $0.guestPolicy["migration"] = true },
            Change("policy.guest-policy-mismatch", "pageSwapDisable") { $0.guestPolicy["pageSwapDisable"] = true },
            Change("policy.guest-policy-mismatch", "ciphertextHiding") { $0.guestPolicy["ciphertextHiding"] = true },
            Change("policy.guest-policy-mismatch", "singleSocket") { $0.guestPolicy["singleSocket"] = true },
            Change("policy.guest-policy-mismatch", "minimumAbi") {
                $0.minimumABI = SnpABIVersion(major: 255, minor: 255)
            },
            Change("policy.platform-info-mismatch", "ciphertextHiding") { $0.platformInfo["ciphertextHiding"] = true },
            Change("policy.product-line-not-named", "products") { $0.products = ["Genoa"] },
            Change("policy.signing-key-mismatch", "signingKey") { $0.signingKeys = ["vlek"] },
            Change("policy.cloud-mismatch", "cloud") { $0.clouds = ["aws"] },
            Change("policy.report-version-low", "minimumReportVersion") { $0.minimumReportVersion = 6 },
            Change("policy.tcb-low", "snp") { $0.minimumCommittedTCB["Turin"] = ["snp": 200] },
            Change("policy.tcb-low", "microcode") { $0.minimumLaunchTCB["any"] = ["microcode": 250] },
        ]
    )
    func `a rule about the processor that is not met refuses with expected and found`(change: Change) throws {
        var (evidence, policy, clock) = try PolicyTests.sample()
        var rule = try #require(policy.platforms[.snp])
        change.change(&rule)
        policy.platforms[.snp] = rule
        let findings = policy.dryRun(evidence, at: clock)
        #expect(findings.map(\.id) == [change.id], "\(findings)")
        let finding = try #require(findings.first)
        #expect(finding.fields == [change.field] && finding.expected != nil && finding.found != nil)
    }

    @Test func `the statement in the policy's words is a rule that accepts the evidence`() throws {
        let (evidence, policy, clock) = try PolicyTests.sample()
        let platforms = PolicyStatement(evidence).text
        let text = #"{"version": 2, "platforms": \#(platforms)}"#
        var copied = try AppraisalPolicy(json: Data(text.utf8), subject: "copied")
        for (key, word) in [("guestPolicy", "smt"), ("platformInfo", "ecc"), ("minimumLaunchTcb", "Turin")] {
            #expect(platforms.contains(key) && platforms.contains(word))
        }
        copied.platforms[.snp]?.tolerated = try #require(policy.platforms[.snp]?.tolerated)
        #expect(copied.dryRun(evidence, at: clock).isEmpty)
        #expect(try AppraisalPolicy(json: copied.json, subject: "again") == copied)
    }

    @Test func `a machine satisfies one package whole, until its last day`() throws {
        var (evidence, policy, clock) = try PolicyTests.sample()
        let measured = try #require(policy.platforms[.snp]?.measurements["measurement"])
        policy.platforms[.snp]?.measurements = [:]
        var (old, new) = (AppraisalPolicy.PackageRule(), AppraisalPolicy.PackageRule())
        (old.digests, new.digests) = (["aa"], ["bb"])
        old.measurements = [.snp: ["measurement": measured]]
        new.measurements = [.snp: ["measurement": [String(repeating: "1", count: 96)]]]
        old.until = PolicyDate("2025-08-20")
        policy.packages = [new, old]
        func ids(_ digest: String, at now: Date) -> [String] {
            policy.dryRun(evidence, package: Binding.PackageFacts(digest: digest), at: now).map(\.id)
        }
        #expect(ids("aa", at: clock).isEmpty)
        #expect(ids("bb", at: clock).count == 1, "the values of two packages do not mix")
        #expect(policy.dryRun(evidence, at: clock).isEmpty)
        #expect(ids("aa", at: clock + 10 * 86_400) == ["policy.package-ended"])
        policy.packages = [old]
        policy.packages[0].models = ["cc"]
        #expect(ids("aa", at: clock) == ["policy.model-mismatch"])
        policy.packages[0].models = []
        policy.packages[0].requiresSealedModels = true
        #expect(ids("aa", at: clock) == ["policy.models-unsealed"])
        policy.packages[0].measurements = [:]
        #expect(ids("aa", at: clock).contains("policy.reference-missing"))
    }

    @Test func `more proofs than the evidence has are refused`() throws {
        var (evidence, policy, clock) = try PolicyTests.sample()
        policy.platforms[.tpm] = AppraisalPolicy.PlatformRule()
        policy.proofs = [[.snp, .tpm]]
        let findings = policy.dryRun(evidence, at: clock)
        #expect(findings.map(\.id) == ["policy.proof-missing"])
        #expect(findings.first?.expected == "snp and tpm" && findings.first?.found == "snp")
        policy.proofs.append([.snp])
        #expect(policy.dryRun(evidence, at: clock).isEmpty)
        #expect(try AppraisalPolicy(json: policy.json, subject: "again") == policy)
    }

    @Test func `version 1 is read, judged as strictly, and written as version 2`() throws {
        let (evidence, policy, clock) = try PolicyTests.sample()
        let measured = try #require(policy.platforms[.snp]?.measurements["measurement"]?.first)
        let digest = String(repeating: "ab", count: 32)
        let text = """
            {"version": 1, "package": {"digests": ["\(digest)"]}, "models": ["\(digest)"], "platforms": {"snp": {
              "measurements": {"measurement": ["\(measured)"]},
              "tolerate": {"endorsement.revocation-not-checked": "2099-12-31"}}}}
            """
        let first = try AppraisalPolicy(json: Data(text.utf8), subject: "first")
        #expect(first.packages.map(\.digests) == [[digest]] && first.models == [digest])
        #expect(first.dryRun(evidence, at: clock).map(\.id) == ["policy.minimum-missing"])
        let second = String(decoding: first.json, as: UTF8.self)
        #expect(second.contains("\"version\" : 2") && second.contains("\"packages\""))
        #expect(try AppraisalPolicy(json: first.json, subject: "second") == first)
    }

    @Test func `a kernel that is not sealed needs a last day`() throws {
        func read(_ package: String) -> AppraisalPolicy? {
            let text = #"{"version": 2, "packages": [{\#(package)}], "platforms": {}}"#
            return try? AppraisalPolicy(json: Data(text.utf8), subject: "policy")
        }
        #expect(read(#""kernel": ["sealed", "unsealed"]"#) == nil)
        #expect(read(#""kernel": []"#) == nil)
        #expect(read(#""kernel": ["sealed", "unsealed"], "until": "2027-01-31""#)?.packages.first?.kernels.count == 2)
    }
}
