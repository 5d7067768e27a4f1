import Attestation
import Diagnostics
import Foundation
import TestSupport
import Testing

/// The index of the vectors of 2026-11.
private let fieldIndexPath = "field-2026-11/INDEX.json"

/// Evidence as other programs sent it, with the verdicts and the reasons that its index states.
@Suite(
    "Evidence from the field",
    .enabled(if: PublicEvidence.isReady(fieldIndexPath), "\(PublicEvidence.absence)")
)
struct FieldEvidenceTests {
    /// The reason for each refusal: the checks and what they are about.
    private static let reasons: [String: [String]] = [
        "field-2026-11/dstack-lite-log": [
            "endorsement.status-not-appraised platform"
        ],
        "field-2026-11/tdx-ccel-without-rtmr3": ["tdx.register-uncovered event log"],
        "field-2026-11/snp-table-vcek-alone": ["evidence.part-missing ASK"],
    ]

    private func fieldIndex() throws -> ConformanceIndex {
        try ConformanceIndex(reading: try #require(PublicEvidence.file(fieldIndexPath)))
    }

    private func sample(_ id: String) throws -> Sample {
        let index = try fieldIndex()
        let vector = try #require(index.vectors.first { $0.id == "field-2026-11/\(id)" })
        var parts: [String: [UInt8]] = [:]
        for name in vector.files.keys { parts[name] = try index.files(of: vector).required(name) }
        let kind = try #require(EvidenceKind(rawValue: vector.kind))
        return Sample(kind: kind, parts: parts, clock: try #require(vector.verifyAt))
    }

    @Test func `every vector gets its verdict for its reason`() throws {
        let index = try fieldIndex()
        #expect(index.vectors.count >= 9)
        let runner = ConformanceRunner(index, clock: Date(timeIntervalSince1970: 1_800_000_000))
        for result in index.vectors.map(runner.run) {
            #expect(result.agrees == true, "\(result.vector.id): \(result.reason)")
            let reasons = result.findings.map { "\($0.id) \($0.subject)" }
            #expect(reasons == Self.reasons[result.vector.id] ?? [], "\(result.vector.id)")
        }
    }

    @Test func `a log whose own events have no digest is replayed, and each change of it is seen`() throws {
        let sample = try sample("dstack-lite-log")
        let claims = try sample.verified().claims
        #expect(claims.details["event-log"] == "replayed: RTMR0 RTMR1 RTMR2 RTMR3")
        let text = String(decoding: try #require(sample.parts["event_log"]), as: UTF8.self)
        for (before, after) in [
            ("\"compose-hash\"", "\"compose-hasH\""), ("\"7a6673\"", "\"7a6674\""), ("134217729", "134217730"),
            ("\"imr\":3", "\"imr\":2"), ("\"imr\": 3", "\"imr\": 2"),
        ] where text.contains(before) {
            var changed = sample
            changed.parts["event_log"] = Array(text.replacing(before, with: after).utf8)
            let ids = Set(changed.findings().map(\.id))
            #expect(!ids.isEmpty, "\(before)")
            #expect(ids.isSubset(of: ["tdx.event-log-mismatch", "eventlog.malformed"]), "\(before): \(ids)")
        }
    }

    @Test func `a policy that states RTMR3 accepts a log that does not cover it`() throws {
        let sample = try sample("tdx-ccel-without-rtmr3")
        let verified = try sample.verified()
        var rule = AppraisalPolicy.PlatformRule()
        for name in ["mrtd", "rtmr1", "rtmr2"] {
            rule.measurements[name] = [Hexadecimal.text(try #require(verified.claims.measurements[name]))]
        }
        var policy = AppraisalPolicy()
        policy.platforms[.tdx] = rule
        #expect(policy.dryRun(verified, package: nil, at: sample.clock).map(\.id) == ["tdx.register-uncovered"])
        rule.measurements["rtmr3"] = [Hexadecimal.text(try #require(verified.claims.measurements["rtmr3"]))]
        policy.platforms[.tdx] = rule
        #expect(policy.dryRun(verified, package: nil, at: sample.clock).isEmpty)
        rule.measurements["rtmr3"] = [String(repeating: "0", count: 96)]
        policy.platforms[.tdx] = rule
        #expect(policy.dryRun(verified, package: nil, at: sample.clock).map(\.id) == ["policy.measurement-mismatch"])
    }

    @Test func `registers that the firmware measures must be in the log`() throws {
        var sample = try sample("tdx-ccel-without-rtmr3")
        // The header alone: an event log without events.
        let log = try #require(sample.parts["ccel"])
        let size = Int(log[28]) | Int(log[29]) << 8
        sample.parts["ccel"] = Array(log.prefix(32 + size))
        let findings = sample.findings()
        #expect(findings.map(\.id) == Array(repeating: "tdx.event-log-mismatch", count: 3))
        #expect(findings.flatMap(\.fields) == ["RTMR0", "RTMR1", "RTMR2"])
    }
}
