import Attestation
import Diagnostics
import Foundation
import TestSupport
import Testing

/// What a policy says of the ACPI tables that a host wrote, by event logs that others recorded.
@Suite("ACPI tables", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct ACPITableTests {
    /// Entries with the first eight digits of the three digests, as a reader in Python finds them.
    private static let recorded = [
        ("tdx/go-tdx-guest/v4-gcp-cos-with-ccel", ["f29e022d", "509dcfe1", "0f0b426c"]),
        ("tdx/dstack/v4-with-runtime-event-log", ["2065dd48", "772b0169", "abfb2256"]),
    ]

    private static func policy(_ evidence: VerifiedEvidence) -> AppraisalPolicy {
        var rule = AppraisalPolicy.PlatformRule()
        for name in evidence.kind.requiredMeasurements {
            rule.measurements[name] = [evidence.claims.measurements[name].map { Hexadecimal.text($0) } ?? ""]
        }
        let far = PolicyDate("2099-12-31")
        for reservation in evidence.claims.allReservations { rule.tolerated[reservation.id] = far }
        if evidence.claims.status != .upToDate { rule.statuses[evidence.claims.status] = far }
        for advisory in evidence.claims.advisories { rule.advisories[advisory] = far }
        var policy = AppraisalPolicy()
        policy.platforms[evidence.kind] = rule
        return policy
    }

    private static func tables(_ evidence: VerifiedEvidence) throws -> [String] {
        try #require(evidence.claims.acpiTables).map { Hexadecimal.text($0) }
    }

    @Test(arguments: recorded)
    func `the digests come from the replayed log, in their order`(id: String, starts: [String]) throws {
        let evidence = try Vectors.sample(id).verified()
        #expect(try Self.tables(evidence).map { String($0.prefix(8)) } == starts)
    }

    @Test(arguments: recorded)
    func `a policy takes the tables that it names, and no others`(id: String, starts: [String]) throws {
        let sample = try Vectors.sample(id)
        let evidence = try sample.verified()
        let found = try Self.tables(evidence)
        var policy = Self.policy(evidence)
        #expect(policy.dryRun(evidence, at: sample.clock).isEmpty)
        #expect(evidence.unjudged(by: policy, package: nil).contains { $0.contains("measured (3 digests)") })
        let other = String(repeating: "ab", count: 48)
        policy.platforms[.tdx]?.acpiTables = [[other], found]
        #expect(policy.dryRun(evidence, at: sample.clock).isEmpty)
        #expect(!evidence.unjudged(by: policy, package: nil).contains { $0.contains("ACPI") })
        for wrong in [[other], Array(found.reversed()), Array(found.dropLast()), found + [other]] {
            policy.platforms[.tdx]?.acpiTables = [wrong]
            let findings = policy.dryRun(evidence, at: sample.clock)
            #expect(findings.map(\.id) == ["policy.acpi-tables-mismatch"])
        }
    }

    @Test func `without a log, and with one that gives the events other labels, named tables are missing`() throws {
        var sample = try Vectors.sample("tdx/go-tdx-guest/v4-gcp-cos-with-ccel")
        let evidence = try sample.verified()
        var policy = Self.policy(evidence)
        policy.platforms[.tdx]?.acpiTables = [try Self.tables(evidence)]
        let log = try #require(sample.parts["ccel"])
        // Labels are not measured: the log replays all the same.
        let label = Array("ACPI DATA".utf8)
        let places = log.indices.filter { log[$0...].starts(with: label) }
        for count in [1, places.count] {
            var relabelled = log
            for place in places.prefix(count) { relabelled[place] = UInt8(ascii: "B") }
            sample.parts["ccel"] = relabelled
            let findings = policy.dryRun(try sample.verified(), at: sample.clock)
            let id = count == 1 ? "policy.acpi-tables-mismatch" : "policy.acpi-tables-missing"
            #expect(findings.map(\.id) == [id])
        }
        sample.parts["ccel"] = nil
        let bare = try sample.verified()
        #expect(bare.claims.acpiTables == nil)
        #expect(policy.dryRun(bare, at: sample.clock).map(\.id) == ["policy.acpi-tables-missing"])
        policy.platforms[.tdx]?.acpiTables = []
        #expect(bare.unjudged(by: policy, package: nil).contains { $0.contains("no event log here measures them") })
    }

    @Test func `a TPM's log without such events, and a report without a log, name no tables`() throws {
        let quote = try Vectors.sample("tpm/go-tpm-tools/gce-cos-85-nonce9009-sha256")
        let log = try EventLog(parsing: try #require(quote.parts["event_log"]))
        #expect(log.tables(.sha256).isEmpty)
        let report = try Vectors.sample("snp/oak/turin-v5").verified()
        #expect(report.claims.acpiTables == nil)
    }

    @Test func `a TPM's PCR 1 has tables, and no other register`() throws {
        func event(_ register: UInt8, _ type: UInt8, _ digest: UInt8, _ text: String) -> [UInt8] {
            [register, 0, 0, 0, type, 0, 0, 0, 1, 0, 0, 0, 0x0b, 0] + [UInt8](repeating: digest, count: 32)
                + [UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8)
        }
        let header: [UInt8] =
            [0, 0, 0, 0, 3, 0, 0, 0] + [UInt8](repeating: 0, count: 20) + [33, 0, 0, 0]
            + Array("Spec ID Event03\0".utf8) + [0, 0, 0, 0, 0, 2, 0, 2, 1, 0, 0, 0, 0x0b, 0, 32, 0, 0]
        let log = try EventLog(
            parsing: header + event(1, 0x0a, 7, "ACPI DATA") + event(0, 0x0a, 8, "ACPI DATA")
                + event(1, 4, 9, "ACPI DATA") + event(1, 0x0a, 10, "QEMU FW CFG") + event(1, 0x0a, 11, "ACPI DATA")
        )
        #expect(log.tables(.sha256).map { $0[0] } == [7, 11])
        #expect(log.tables(.sha384).isEmpty)
    }
}
