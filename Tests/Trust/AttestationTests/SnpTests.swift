import Attestation
import Foundation
import TestSupport
import Testing

@Suite("SNP reports", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct SnpTests {
    @Test func `the fields fill the report without gaps`() {
        var end = 0
        for field in SnpReport.Field.allCases {
            #expect(field.range.lowerBound == end)
            end = field.range.upperBound
        }
        #expect(end == SnpReport.size)
    }

    @Test(arguments: SnpReport.Field.allCases)
    func `a changed field is refused by a finding that names it`(field: SnpReport.Field) throws {
        let sample = try Vectors.sample("snp/oak/turin-v5")
        for index in field.range {
            for mask: UInt8 in field.range.count > 8 ? [0x80] : [1, 8, 0x80] {
                let findings = sample.flipping("report", at: index, mask: mask).findings()
                #expect(
                    findings.contains { $0.fields.contains(field.rawValue) },
                    "byte \(index), mask \(mask): \(findings)"
                )
            }
        }
    }

    @Test(
        arguments: [
            (SnpReport.Field.version, "snp.version"), (.signatureAlgorithm, "snp.signature-algorithm"),
            (.policy, "snp.policy-reserved"), (.vmpl, "snp.vmpl-invalid"), (.keyInfo, "snp.key-info-reserved"),
            (.reserved4C, "snp.must-be-zero"), (.reserved18B, "snp.must-be-zero"), (.reserved208, "snp.must-be-zero"),
            (.reserved330, "snp.must-be-zero"), (.signatureR, "snp.must-be-zero"), (.cpuid, "snp.product-unknown"),
        ]
    )
    func `a field that breaks the format is refused for its own reason`(field: SnpReport.Field, id: String) throws {
        var report = try Vectors.bytes("snp/oak/report_v5_turin_oc.bin")
        report[field.range.upperBound - 1] = 0xFF
        if field == .cpuid { report[field.range.lowerBound] = 0x17 }
        let finding = try AttestationError.thrown { _ = try SnpReport(report) }
        #expect(finding.id == id)
        #expect(finding.fields == [field.rawValue])
    }

    @Test func `a report that is cut, or longer, is refused`() throws {
        let report = try Vectors.bytes("snp/oak/report_v5_turin_oc.bin")
        for length in 0..<report.count {
            #expect(throws: AttestationError.self) { try SnpReport(Array(report.prefix(length))) }
        }
        let finding = try AttestationError.thrown { _ = try SnpReport(report + [0]) }
        #expect(finding.id == "evidence.trailing-bytes")
    }

    @Test(arguments: ["vcek", "ask", "ark"])
    func `a changed certificate is refused`(part: String) throws {
        let sample = try Vectors.sample("snp/oak/genoa-v5")
        let size = try #require(sample.parts[part]).count
        for index in stride(from: 0, to: size, by: 11) {
            #expect(!sample.flipping(part, at: index).findings().isEmpty, "byte \(index)")
        }
    }

    @Test(arguments: ["vcek", "ask", "ark"])
    func `a certificate that is cut is refused`(part: String) throws {
        var sample = try Vectors.sample("snp/oak/genoa-v5")
        let whole = try #require(sample.parts[part])
        for length in 0..<whole.count {
            sample.parts[part] = Array(whole.prefix(length))
            #expect(!sample.findings().isEmpty)
        }
    }

    @Test func `another processor's certificate is refused for its chip, its version and the signature`() throws {
        let findings = try Vectors.sample("snp/derived-negatives/wrong-chip-vcek").findings()
        #expect(Set(findings.map(\.id)) == ["snp.report-signature", "snp.tcb-mismatch", "snp.chip-mismatch"])
    }

    @Test func `the chain of another kind of key is refused`() throws {
        var sample = try Vectors.sample("snp/trustee/milan-v3-vlek")
        sample.parts["asvk"] = try Vectors.bytes("snp/amd-roots/milan_ask.der")
        let ids = Set(sample.findings().map(\.id))
        #expect(ids.isSuperset(of: ["snp.certificate-kind", "certificate.signature-invalid"]))
    }

    @Test func `the chain of another line of processors is refused`() throws {
        var sample = try Vectors.sample("snp/oak/milan-v3")
        sample.parts["ask"] = try Vectors.bytes("snp/amd-roots/genoa_ask.der")
        sample.parts["ark"] = try Vectors.bytes("snp/amd-roots/genoa_ark.der")
        let ids = Set(sample.findings().map(\.id))
        #expect(ids.isSuperset(of: ["snp.product-mismatch", "certificate.issuer-mismatch"]))
    }

    @Test func `a chain without its root ends in the built-in root`() throws {
        var sample = try Vectors.sample("snp/oak/milan-v3")
        sample.parts["ark"] = nil
        #expect(try sample.verified().claims.root == TrustAnchor.amdMilan.fingerprint)
    }

    @Test func `a root that is not AMD's is refused`() throws {
        var sample = try Vectors.sample("snp/oak/milan-v3")
        sample.parts["ark"] = try Vectors.bytes("nitro/aws-root/AWS_NitroEnclaves_Root-G1.der")
        #expect(sample.findings().contains { $0.id == "certificate.root-unknown" })
    }

    @Test func `a table of certificates is read, and a false one refused`() throws {
        var sample = try Vectors.sample("snp/oak/genoa-v5")
        let table = CertificateTable(
            vcek: try #require(sample.parts["vcek"]),
            ask: try #require(sample.parts["ask"]),
            ark: try #require(sample.parts["ark"])
        )
        sample.parts = ["report": try #require(sample.parts["report"]), "auxblob": table.bytes]
        #expect(sample.findings().isEmpty)
        for index in 0..<(4 * CertificateTable.entrySize) where index % 24 >= 16 {
            let findings = sample.flipping("auxblob", at: index, mask: 0x40).findings()
            #expect(!findings.isEmpty, "byte \(index)")
        }
        for length in 0..<table.bytes.count {
            sample.parts["auxblob"] = Array(table.bytes.prefix(length))
            #expect(!sample.findings().isEmpty)
        }
        let endless = [UInt8](repeating: 1, count: CertificateTable.entrySize * 100)
        let finding = try AttestationError.thrown { _ = try SnpCertificateTable(endless) }
        #expect(finding.id == "snp.table-invalid")
    }

    @Test func `claims say what the index says`() throws {
        let claims = try Vectors.sample("snp/oak/turin-v5").verified().claims
        #expect(claims.tcb == ["fmc": 0, "bootloader": 1, "tee": 0, "snp": 2, "microcode": 71])
        #expect(claims.tcbLine == "Turin")
        #expect(claims.machineIDs["chip-id"]?.hasPrefix("3b42092f69c656d3") == true)
        #expect(claims.endorsements.map(\.name) == ["VCEK", "ASK", "ARK"])
        #expect(claims.endorsements[0].ageInDays(at: try Vectors.sample("snp/oak/turin-v5").clock) == 29)
        #expect(claims.revocation == .notChecked)
    }
}

/// A certificate table as the host provides it with an extended report.
struct CertificateTable {
    static let entrySize = 24
    let bytes: [UInt8]

    init(vcek: [UInt8], ask: [UInt8], ark: [UInt8]) {
        let names: [[UInt8]] = [
            [0x8D, 0x75, 0xDA, 0x63, 0x64, 0xE6, 0x64, 0x45, 0xAD, 0xC5, 0xF4, 0xB9, 0x3B, 0xE8, 0xAC, 0xCD],
            [0x79, 0xB3, 0xB7, 0x4A, 0xAC, 0xBB, 0xE4, 0x4F, 0xA0, 0x2F, 0x05, 0xAE, 0xF3, 0x27, 0xC7, 0x82],
            [0xA4, 0x06, 0xB4, 0xC0, 0x03, 0xA8, 0x52, 0x49, 0x97, 0x43, 0x3F, 0xB6, 0x01, 0x4C, 0xD0, 0xAE],
        ]
        var table: [UInt8] = []
        var content: [UInt8] = []
        for (name, part) in zip(names, [vcek, ask, ark]) {
            let offset = 4 * Self.entrySize + content.count
            table += name + Self.littleEndian(offset) + Self.littleEndian(part.count)
            content += part
        }
        bytes = table + [UInt8](repeating: 0, count: Self.entrySize) + content
    }

    private static func littleEndian(_ number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
