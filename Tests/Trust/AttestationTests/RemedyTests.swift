import Foundation
import TestSupport
import Testing

@testable import Attestation

/// What findings say and advise, where another text would mislead.
@Suite("Remedies that are true")
struct RemedyTests {
    @Test(
        arguments: [
            (0, "DEBUG", "tdx.debug"), (4, "HGS_PLUS_PROF", "tdx.hgs-plus-prof"), (5, "PERF_PROF", "tdx.perf-prof"),
            (6, "PMT_PROF", "tdx.pmt-prof"), (16, "ICSSD", "tdx.icssd"), (27, "LASS", nil),
            (28, "SEPT_VE_DISABLE", nil), (29, "MIGRATABLE", "tdx.migratable"), (30, "PKS", nil), (31, "KL", nil),
            (62, "TPA", "tdx.tpa"), (63, "PERFMON", nil),
        ] as [(Int, String, String?)]
    )
    func `a trust domain's attribute is judged by Intel's name`(bit: Int, name: String, check: String?) {
        let attributes = TrustDomainAttributes(value: 1 << UInt64(bit))
        #expect(attributes.named.map(\.name) == [name])
        #expect(attributes.unnamed.isEmpty)
        #expect(attributes.reservations.map(\.id) == [check].compactMap(\.self))
        #expect(attributes.reservations.allSatisfy { CheckCatalogue.shared.entry($0.id)?.isReservation == true })
    }

    @Test func `every other bit of a trust domain is refused by its number`() {
        let known = TrustDomainAttributes.known.reduce(UInt64(0)) { $0 | 1 << UInt64($1.bit) }
        let attributes = TrustDomainAttributes(value: ~known)
        #expect(attributes.unnamed.count == 64 - 12)
        #expect(attributes.reservations.isEmpty)
        #expect(TrustDomainAttributes(value: 1 << 28 | 1 << 9).text == "0x10000200: SEPT_VE_DISABLE bit 9")
    }

    @Test(.enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
    func `a version that is too low is told apart from the current and the committed one`() throws {
        let sample = try Vectors.sample("snp/oak/turin-v5")
        let verified = try sample.verified()
        var rule = AppraisalPolicy.PlatformRule()
        rule.minimumTCB = ["Turin": ["microcode": 255]]
        var policy = AppraisalPolicy()
        policy.platforms[.snp] = rule
        let findings = policy.dryRun(verified, package: nil, at: sample.clock)
        let finding = try #require(findings.first { $0.id == "policy.tcb-low" })
        let current = try #require(verified.claims.currentTCB["microcode"])
        let committed = try #require(verified.claims.committedTCB["microcode"])
        #expect(finding.found == "71 reported, \(current) current, \(committed) committed")
        #expect(finding.explanation.remedy.contains("raise the reported one"))
    }

    @Test(.enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
    func `a line that a policy leaves out is not advised to be added as such`() throws {
        let sample = try Vectors.sample("snp/oak/turin-v5")
        var rule = AppraisalPolicy.PlatformRule()
        rule.minimumTCB = ["Milan": ["microcode": 1]]
        var policy = AppraisalPolicy()
        policy.platforms[.snp] = rule
        let findings = policy.dryRun(try sample.verified(), package: nil, at: sample.clock)
        let finding = try #require(findings.first { $0.id == "policy.tcb-line-missing" })
        #expect(finding.expected == "Milan")
        #expect(finding.found == "Turin")
        #expect(finding.explanation.remedy.hasPrefix("Ask a machine of a named line"))
    }

    @Test func `a log that cannot be read names the three files that can be sent`() {
        let remedy = EventLogCheck.malformed.explanation.remedy
        for word in ["binary_bios_measurements", "CCEL", "dstack"] { #expect(remedy.contains(word)) }
        for check in [TdxCheck.eventLogMismatch.explanation, EventLogCheck.replayMismatch.explanation] {
            #expect(check.remedy.contains("leave the log out"))
        }
    }

    @Test func `an event without a digest is refused in words of the format, not of a decoder`() throws {
        let finding = try AttestationError.thrown {
            _ = try RuntimeEventLog(json: Array(#"[{"imr": 1, "digest": "", "event_type": 4}]"#.utf8))
        }
        #expect(finding.id == "eventlog.malformed")
        #expect(finding.found == "0 bytes for register 1")
        let texts = [#"[{"imr": "x"}]"#, "[{}]", #"{"event_log": 7}"#, "7", "", "[", #"[{"imr":1e99,"digest":""}]"#]
        for text in texts {
            let finding = try AttestationError.thrown { _ = try RuntimeEventLog(json: Array(text.utf8)) }
            let found = try #require(finding.found)
            for word in ["DecodingError", "CodingKeys", "debugDescription", "Swift"] { #expect(!found.contains(word)) }
        }
    }
}
