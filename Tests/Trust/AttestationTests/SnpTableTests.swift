import Attestation
import Foundation
import TestSupport
import Testing

/// Tables of certificates as hosts and libraries write them.
@Suite("Tables of SNP certificates", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct SnpTableTests {
    private static let vcek = "63da758de6644564adc5f4b93be8accd"
    private static let vlek = "a8074bc2a25a483eaae639c045a0b8a1"
    private static let ask = "4ab7b379bbac4fe4a02f05aef327c782"
    private static let ark = "c0b406a4a803495297433fb6014cd0ae"

    /// The order of a GUID's bytes.
    enum Order: CaseIterable {
        case text, mixed
    }

    /// Writes a table.
    private static func table(_ entries: [(guid: String, part: [UInt8])], _ order: Order = .mixed) -> [UInt8] {
        var head: [UInt8] = []
        var content: [UInt8] = []
        for entry in entries {
            var name = (0..<16).map { index in
                UInt8(entry.guid.dropFirst(2 * index).prefix(2), radix: 16) ?? 0
            }
            if order == .mixed { name = [3, 2, 1, 0, 5, 4, 7, 6].map { name[$0] } + name[8...] }
            let offset = 24 * (entries.count + 1) + content.count
            for number in [offset, entry.part.count] {
                name += (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
            }
            head += name
            content += entry.part
        }
        return head + [UInt8](repeating: 0, count: 24) + content
    }

    private func vlekSample() throws -> (sample: Sample, key: [UInt8], issuer: [UInt8], root: [UInt8]) {
        var sample = try Vectors.sample("snp/trustee/milan-v3-vlek")
        let parts = try ["vlek", "asvk"].map { try #require(sample.parts[$0]) }
        let root = try sample.parts["ark"] ?? Vectors.bytes("snp/amd-roots/milan_ark.der")
        sample.parts = ["report": try #require(sample.parts["report"])]
        return (sample, parts[0], parts[1], root)
    }

    @Test(arguments: Order.allCases)
    func `GUIDs are read in either byte order, and entries without content count as none`(order: Order) throws {
        var sample = try Vectors.sample("snp/oak/genoa-v5")
        let parts = try ["vcek", "ask", "ark"].map { try #require(sample.parts[$0]) }
        sample.parts = ["report": try #require(sample.parts["report"])]
        sample.parts["auxblob"] = Self.table(
            [
                (Self.vlek, []), ("0123456789abcdef0123456789abcdef", [1, 2, 3]), (Self.vcek, parts[0]),
                (Self.ask, parts[1]), (Self.ark, parts[2]),
            ],
            order
        )
        #expect(sample.findings().isEmpty)
    }

    @Test func `of two keys the one is taken that the report names`() throws {
        let own = try vlekSample()
        var sample = own.sample
        let other = try Vectors.bytes("snp/oak/vcek_turin_oc.der")
        sample.parts["auxblob"] = Self.table(
            [(Self.vcek, other), (Self.vlek, own.key), (Self.ask, own.issuer), (Self.ark, own.root)]
        )
        #expect(sample.findings().isEmpty)
        sample.parts["auxblob"] = Self.table([(Self.vcek, other), (Self.ask, own.issuer)])
        let finding = try #require(sample.findings().first)
        #expect(finding.id == "evidence.part-missing")
        #expect(finding.subject == "VLEK")
        #expect(finding.found == "a table with VCEK, ASK")
    }

    @Test func `a VLEK alone is completed by the bundle's ASVK, or by AMD's`() async throws {
        let own = try vlekSample()
        var sample = own.sample
        sample.parts["auxblob"] = Self.table([(Self.vlek, own.key)], .text)
        #expect(sample.findings().first?.subject == "ASVK")
        var beside = sample
        beside.parts["asvk"] = own.issuer
        #expect(beside.findings().isEmpty)
        let pem = [own.issuer, own.root].map { der in
            let text = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
            return "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n"
        }
        let source = Source(documents: ["https://kdsintf.amd.com/vlek/v1/Milan/cert_chain": Array(pem.joined().utf8)])
        let bundle = try await EvidenceBundle(kind: .snp, parts: sample.parts).completed(from: source)
        sample.parts = bundle.parts
        #expect(sample.parts["auxblob"] == nil)
        #expect(sample.findings().isEmpty)
    }

    @Test(arguments: [[UInt8](), [UInt8](repeating: 0, count: 24), [UInt8](repeating: 0, count: 4096)])
    func `an empty table is a missing VCEK, which is named`(table: [UInt8]) throws {
        var sample = try Vectors.sample("snp/oak/genoa-v5")
        sample.parts = ["report": try #require(sample.parts["report"]), "auxblob": table]
        let finding = try #require(sample.findings().first)
        #expect(finding.id == "evidence.part-missing")
        #expect(finding.subject == "VCEK")
        #expect(finding.found == "a table without certificates")
    }

    @Test func `a table of unknown GUIDs says which, and a certificate twice is refused in any orders`() throws {
        var sample = try Vectors.sample("snp/oak/genoa-v5")
        let key = try #require(sample.parts["vcek"])
        sample.parts = ["report": try #require(sample.parts["report"])]
        sample.parts["auxblob"] = Self.table([("0123456789abcdef0123456789abcdef", key)])
        let found = "a table with unknown GUIDs alone: 01234567-89ab-cdef-0123-456789abcdef"
        #expect(sample.findings().first?.found == found)
        let reversed = "8d75da6364e66445adc5f4b93be8accd"
        sample.parts["auxblob"] = Self.table([(Self.vcek, key), (reversed, key)])
        #expect(sample.findings().map(\.id) == ["snp.table-invalid"])
    }

    @Test func `certificates in PEM are read, and two in one part are refused by name`() throws {
        var sample = try Vectors.sample("snp/oak/genoa-v5")
        let text = { (der: [UInt8]) in
            let base64 = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
            return Array("-----BEGIN CERTIFICATE-----\n\(base64)\n-----END CERTIFICATE-----\n".utf8)
        }
        for name in ["vcek", "ask", "ark"] { sample.parts[name] = text(try #require(sample.parts[name])) }
        #expect(sample.findings().isEmpty)
        sample.parts["ask"]? += text(try Vectors.bytes("snp/amd-roots/genoa_ark.der"))
        let finding = try #require(sample.findings().first)
        #expect(finding.id == "certificate.malformed")
        #expect(finding.subject == "ask")
        #expect(finding.found == "2 of them in PEM")
    }

    @Test func `a part that is missing and one of another name differ`() throws {
        var sample = try Vectors.sample("snp/oak/genoa-v5")
        let key = sample.parts.removeValue(forKey: "vcek")
        var finding = try #require(sample.findings().first)
        #expect(finding.id == "evidence.part-missing")
        #expect(finding.expected == "the VCEK that the report's KEY_INFO states")
        sample.parts["vcek.der"] = key
        finding = try #require(sample.findings().first)
        #expect(finding.id == "evidence.part-misnamed")
        #expect(finding.found == "parts vcek.der")
    }

    @Test func `a certificate that is none says what was expected and found`() throws {
        var sample = try Vectors.sample("snp/oak/genoa-v5")
        let whole = try #require(sample.parts["vcek"])
        let cases: [([UInt8], String)] = [
            ([], "nothing"), (Array(whole.prefix(100)), "the first 100 of \(whole.count) bytes"),
            (whole + [1, 2], "\(whole.count) bytes, and 2 more behind them"), ([7, 7], "2 bytes that begin with 0x7"),
        ]
        for (bytes, found) in cases {
            sample.parts["vcek"] = bytes
            let finding = try #require(sample.findings().first)
            #expect(finding.id == "certificate.malformed")
            #expect(finding.expected == "one X.509 certificate in DER of at most 65536 bytes")
            #expect(finding.found == found)
        }
    }

    /// Documents by their addresses.
    private struct Source: EndorsementSource {
        let documents: [String: [UInt8]]

        func document(for request: EndorsementRequest) async throws -> [UInt8]? { documents[request.url] }
    }
}
