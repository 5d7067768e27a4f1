import Attestation
import Foundation
import TestSupport
import Testing

@Suite("Azure's evidence", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct AzureTests {
    @Test(arguments: AzureHclReport.fields)
    func `a changed field of the report is refused by a finding that names it`(field: FieldRange) throws {
        let sample = try Vectors.sample("azure-vtpm/trustee/snp-genoa")
        guard field.name != "hw_report" else { return }
        for index in field.range {
            for mask: UInt8 in [1, 4, 0x80] {
                let findings = sample.flipping("hcl_report", at: index, mask: mask).findings()
                let named = findings.contains { $0.fields.contains(field.name) }
                // A report type that changes to the other valid type is a different report with the same bytes.
                #expect(named || field.name == "report_type" && !findings.isEmpty, "byte \(index): \(findings)")
            }
        }
    }

    @Test(arguments: SnpReport.Field.allCases)
    func `a changed field of the hardware's report is refused by a finding that names it`(
        field: SnpReport.Field
    ) throws {
        let sample = try Vectors.sample("azure-vtpm/trustee/snp-genoa")
        let findings = sample.flipping("hcl_report", at: 32 + field.range.lowerBound, mask: 0x40).findings()
        #expect(findings.contains { $0.fields.contains(field.rawValue) }, "\(findings)")
    }

    @Test func `changed runtime data and padding are refused`() throws {
        let sample = try Vectors.sample("azure-vtpm/trustee/snp-genoa")
        let size = try #require(sample.parts["hcl_report"]).count
        for index in stride(from: 1236, to: size, by: 17) {
            #expect(!sample.flipping("hcl_report", at: index).findings().isEmpty, "byte \(index)")
        }
    }

    @Test func `a report that is cut before its padding is refused`() throws {
        let report = try Vectors.bytes("azure-vtpm/trustee/snp-genoa/hcl_report.bin")
        let end = try #require(report.lastIndex { $0 != 0 }) + 1
        for length in 0..<end {
            #expect(throws: AttestationError.self) { try AzureHclReport(Array(report.prefix(length))) }
        }
    }

    @Test func `a changed field of the quote is refused by a finding that names it`() throws {
        let sample = try Vectors.sample("azure-vtpm/trustee/snp-genoa")
        let quote = try TpmQuote(try #require(sample.parts["attest"]))
        for field in quote.fields {
            for index in field.range {
                let findings = sample.flipping("attest", at: index).findings()
                let named = findings.contains { finding in finding.fields.contains { $0.hasPrefix(field.name) } }
                let isLength = ["qualifiedSigner", "extraData", "pcrSelect", "pcrDigest"].contains(field.name)
                #expect(named || isLength && !findings.isEmpty, "\(field.name), byte \(index): \(findings)")
            }
        }
    }

    @Test func `a changed signature and a quote that is cut are refused`() throws {
        var sample = try Vectors.sample("azure-vtpm/trustee/snp-genoa")
        let quote = try #require(sample.parts["attest"])
        for index in 0..<256 {
            let findings = sample.flipping("signature_raw", at: index).findings()
            #expect(findings.map(\.id) == ["azure.quote-signature"])
        }
        for length in 0..<quote.count {
            sample.parts["attest"] = Array(quote.prefix(length))
            #expect(!sample.findings().isEmpty)
        }
    }

    @Test func `registers that were not quoted are refused, and quoted ones that lack`() throws {
        var sample = try Vectors.sample("azure-vtpm/trustee/snp-genoa")
        let text = String(decoding: try #require(sample.parts["pcrs"]), as: UTF8.self)
        let more = text.replacing(
            "\"sha256\": {",
            with: "\"sha256\": {\"24\": \"\(String(repeating: "0", count: 64))\","
        )
        sample.parts["pcrs"] = Array(more.utf8)
        #expect(sample.findings().map(\.id) == ["azure.register-selection"])
        sample.parts["pcrs"] = Array("{\"sha256\": {}}".utf8)
        #expect(Set(sample.findings().map(\.id)) == ["azure.register-selection", "azure.register-digest"])
    }

    @Test(
        arguments: [
            ("azure-vtpm/derived-negatives/tpm-signature-flipped", ["azure.quote-signature"]),
            ("azure-vtpm/derived-negatives/pcr0-flipped", ["azure.register-digest"]),
            ("azure-vtpm/derived-negatives/runtime-data-changed", ["azure.runtime-data-unbound"]),
            ("azure-vtpm/derived-negatives/snp-report-changed", ["snp.report-signature", "snp.tcb-mismatch"]),
            ("azure-vtpm/derived-negatives/quote-of-other-vm", ["azure.quote-signature"]),
            ("azure-vtpm/derived-negatives/runtime-data-of-other-vm", ["azure.runtime-data-unbound"]),
            ("azure-vtpm/derived-negatives/runtime-data-length-overflow", ["evidence.truncated"]),
        ]
    )
    func `a false machine is refused for its own reasons`(id: String, checks: [String]) throws {
        let findings = try Vectors.sample(id).findings()
        #expect(Set(findings.map(\.id)).isSuperset(of: checks), "\(findings)")
    }

    @Test func `a TD report that is not the quote's is refused`() throws {
        let sample = try Vectors.sample("azure-vtpm/trustee/tdx-v1")
        #expect(sample.findings().isEmpty)
        for offset in [
            0, 5, 40, 90, 130, 200, 258, 270, 300, 340, 380, 500, 513, 522, 530, 600, 640, 700, 730, 780, 830, 880, 930,
            1000,
        ] {
            let findings = sample.flipping("hcl_report", at: 32 + offset).findings()
            #expect(findings.contains { $0.id == "azure.hardware-report-mismatch" }, "offset \(offset): \(findings)")
        }
    }

    @Test func `the hardware's own evidence must come along`() throws {
        var sample = try Vectors.sample("azure-vtpm/trustee/tdx-v1")
        sample.parts["td_quote"] = nil
        #expect(sample.findings().map(\.id) == ["azure.hardware-missing"])
    }
}
