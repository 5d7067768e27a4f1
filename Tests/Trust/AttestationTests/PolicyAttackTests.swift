import Attestation
import Diagnostics
import Foundation
import TestSupport
import Testing

/// What passes under a policy that says too little: each attack is refused, by name.
@Suite("Attacks on policies", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct PolicyAttackTests {
    private static let far = PolicyDate("2099-12-31")

    /// A policy that takes the paravisor of a machine, and some of its registers.
    private static func policy(_ evidence: VerifiedEvidence, registers: [String]) -> AppraisalPolicy {
        var rule = AppraisalPolicy.PlatformRule()
        let paravisor = evidence.claims.measurements["measurement"] == nil ? "mrtd" : "measurement"
        for name in [paravisor] + registers {
            rule.measurements[name] = evidence.claims.measurements[name].map { [Hexadecimal.text($0)] } ?? []
        }
        rule.minimumTCB = ["any": ["snp": 0, "microcode": 0]]
        if evidence.claims.reportVersion == nil { rule.minimumTCB = [:] }
        for reservation in evidence.claims.allReservations { rule.tolerated[reservation.id] = far }
        if evidence.claims.status != .upToDate { rule.statuses[evidence.claims.status] = far }
        for advisory in evidence.claims.advisories { rule.advisories[advisory] = far }
        var policy = AppraisalPolicy()
        policy.platforms[evidence.kind] = rule
        return policy
    }

    @Test(arguments: ["snp-genoa", "snp-milan-v1", "tdx-v1"])
    func `somebody else's machine on Azure is refused by a policy with the paravisor's measurement alone`(
        name: String
    ) throws {
        let sample = try Vectors.sample("azure-vtpm/trustee/\(name)")
        let evidence = try sample.verified()
        let open = Self.policy(evidence, registers: [])
        let finding = try #require(open.dryRun(evidence, at: sample.clock).first)
        #expect(finding.id == "policy.software-open")
        #expect(finding.fields == ["pcr4", "pcr8", "pcr9", "pcr11", "pcr12"])
        #expect(open.remarks(at: sample.clock).map(\.id).contains(.softwareOpen))
        let whole = Self.policy(evidence, registers: finding.fields)
        #expect(whole.dryRun(evidence, at: sample.clock).isEmpty)
        #expect(!whole.remarks(at: sample.clock).map(\.id).contains(.softwareOpen))
    }

    @Test func `any single register of the covering set left open refuses, and another machine's does not match`()
        throws
    {
        let sample = try Vectors.sample("azure-vtpm/trustee/snp-genoa")
        let evidence = try sample.verified()
        let all = EvidenceKind.azureVtpm.softwareRegisters
        for left in all {
            let findings = Self.policy(evidence, registers: all.filter { $0 != left })
                .dryRun(evidence, at: sample.clock)
            #expect(findings.map(\.id) == ["policy.software-open"] && findings.first?.fields == [left])
        }
        var other = Self.policy(try Vectors.sample("azure-vtpm/trustee/snp-milan-v1").verified(), registers: all)
        other.platforms[.azureVtpm]?.measurements["measurement"] =
            Self.policy(evidence, registers: [])
            .platforms[.azureVtpm]?.measurements["measurement"]
        let findings = other.dryRun(evidence, at: sample.clock)
        #expect(findings.contains { $0.id == "policy.measurement-mismatch" && $0.fields == ["pcr9"] })
    }

    @Test func `the signer of the paravisor does not stand in for the software`() throws {
        let sample = try Vectors.sample("azure-vtpm/trustee/snp-genoa")
        let evidence = try sample.verified()
        var policy = Self.policy(evidence, registers: [])
        policy.platforms[.azureVtpm]?.signers = [Hexadecimal.text(try #require(evidence.claims.signer))]
        policy.platforms[.azureVtpm]?.productIDs = [Hexadecimal.text(try #require(evidence.claims.productID))]
        policy.platforms[.azureVtpm]?.minimumSecurityVersion = 0
        #expect(policy.dryRun(evidence, at: sample.clock).map(\.id) == ["policy.software-open"])
    }

    @Test func `old firmware is refused under a policy without least versions, and under the table's`() throws {
        var (evidence, policy, clock) = try PolicyTests.sample()
        policy.platforms[.snp]?.minimumTCB = [:]
        let open = policy.dryRun(evidence, at: clock)
        #expect(open.map(\.id) == ["policy.minimum-missing"])
        #expect(open.first?.fields == ["microcode", "snp"] && open.first?.found == "none")
        policy.platforms[.snp]?.minimumTCB = ["Turin": ["fmc": 0]]
        #expect(policy.dryRun(evidence, at: clock).map(\.id) == ["policy.minimum-missing"])
        let old = try Vectors.sample("snp/trustee/milan-v2")
        let verified = try old.verified()
        let measured = Hexadecimal.text(try #require(verified.claims.measurements["measurement"]))
        let values = PackageReferenceValues(
            name: "old",
            digest: String(repeating: "a", count: 64),
            platforms: [.snp: ["measurement": [measured]]]
        )
        let low = AppraisalPolicy(from: values).dryRun(verified, at: old.clock).filter { $0.id == "policy.tcb-low" }
        #expect(low.map(\.fields) == [["bootloader"], ["microcode"], ["snp"]])
    }

    @Test func `lint tells what the table knows of a line`() throws {
        var (_, policy, clock) = try PolicyTests.sample()
        policy.platforms[.snp]?.minimumTCB = ["Milan": ["snp": 20, "microcode": 219, "bootloader": 4]]
        let remarks = policy.remarks(at: clock)
        #expect(remarks.contains { $0.id == .minimumOld && $0.path.hasSuffix("Milan.snp") && $0.advice.contains("24") })
        #expect(remarks.contains { $0.id == .lineWeak && $0.advice.contains("arXiv:2605.12990") })
        policy.platforms[.snp]?.products = ["Turin"]
        #expect(!policy.remarks(at: clock).contains { $0.id == .lineWeak })
        #expect(MinimumVersions.builtIn.text(at: clock).first?.contains("0 days old") == true)
    }
}
