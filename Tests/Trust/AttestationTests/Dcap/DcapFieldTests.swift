import Attestation
import Foundation
import TestSupport
import Testing

@Suite("Changed quotes of Intel's", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct DcapFieldTests {
    @Test(arguments: DcapSample.all)
    func `a changed field is refused by a finding that names it`(sample: DcapSample) throws {
        let genuine = try sample.quoteAlone()
        #expect(sample.findings(genuine).isEmpty)
        let quote = try #require(genuine["quote"])
        for field in sample.fields {
            for place in Set([field.range.lowerBound, field.range.upperBound - 1]) {
                var changed = genuine
                changed["quote"]?[place] = quote[place] ^ 0xFF
                let findings = sample.findings(changed)
                let names = findings.filter { field.checks.contains($0.id) }.flatMap(\.fields)
                // A wrong length shows because its part ends too early or too late.
                let isLength = field.checks.contains("evidence.truncated")
                #expect(
                    isLength ? !names.isEmpty : names.contains(field.name),
                    "\(field.name) at \(place): \(findings)"
                )
            }
        }
    }

    @Test(arguments: DcapSample.all)
    func `no byte of the body can be changed`(sample: DcapSample) throws {
        let genuine = try sample.quoteAlone()
        let quote = try #require(genuine["quote"])
        for place in 0..<sample.signatureOffset {
            var changed = genuine
            changed["quote"]?[place] = quote[place] ^ 1
            #expect(!sample.findings(changed).isEmpty, "byte \(place)")
        }
    }

    @Test(arguments: DcapSample.all)
    func `a quote that is cut anywhere is refused`(sample: DcapSample) throws {
        let genuine = try sample.bytes()
        let quote = try #require(genuine["quote"])
        let size = Int(quote[sample.signatureOffset]) | Int(quote[sample.signatureOffset + 1]) << 8
        let end = sample.signatureOffset + 4 + size
        #expect(end <= quote.count)
        for count in 0..<end {
            #expect(throws: AttestationError.self, "\(count) bytes") {
                try UnverifiedEvidence(dcapQuote: Array(quote.prefix(count)))
            }
        }
        // Bytes after the quote in the buffer are not part of it.
        var whole = genuine
        whole["quote"] = Array(quote.prefix(end)) + Array("anything".utf8)
        #expect(sample.findings(whole).isEmpty)
    }

    @Test(arguments: DcapSample.all)
    func `a changed certificate in the quote is refused`(sample: DcapSample) throws {
        let genuine = try sample.bytes()
        let quote = try #require(genuine["quote"])
        let text = sample.reportOffset + 384 + 64 + 2 + 32 + 6
        for place in stride(from: text + 40, to: text + 2_000, by: 97) {
            var changed = genuine
            let letter = quote[place]
            changed["quote"]?[place] = letter == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            guard changed["quote"] != genuine["quote"], letter != UInt8(ascii: "\n") else { continue }
            #expect(!sample.findings(changed).isEmpty, "byte \(place)")
        }
    }

    @Test(
        arguments: [
            ("tcb_info", "dcap.collateral-signature-invalid"),
            ("tcb_info_signature", "dcap.collateral-signature-invalid"),
            ("qe_identity", "dcap.collateral-signature-invalid"),
            ("qe_identity_signature", "dcap.collateral-signature-invalid"),
            ("root_ca_crl", "revocation-list.signature-invalid"),
            ("pck_crl", "revocation-list.signature-invalid"),
            ("tcb_info_issuer_chain", "certificate.signature-invalid"),
            ("qe_identity_issuer_chain", "certificate.signature-invalid"),
            ("pck_crl_issuer_chain", "certificate.signature-invalid"),
        ]
    )
    func `a changed part of the collateral is refused`(member: String, check: String) throws {
        let sample = DcapSample.trustDomain
        var parts = try sample.bytes()
        let collateral = Data(try #require(parts["collateral"]))
        var members = try #require(JSONSerialization.jsonObject(with: collateral) as? [String: String])
        var text = Array(try #require(members[member]).utf8)
        // In the signature of a list or certificate, and in the middle of everything else.
        let last = member.hasSuffix("chain") ? try #require(Self.endOfFirst(text)) : text.count
        let place = member.hasSuffix("crl") || member.hasSuffix("chain") ? last - 8 : last / 2
        text[place] = text[place] == UInt8(ascii: "3") ? UInt8(ascii: "4") : UInt8(ascii: "3")
        members[member] = String(decoding: text, as: UTF8.self)
        parts["collateral"] = Array(try JSONSerialization.data(withJSONObject: members))
        let findings = sample.findings(parts)
        #expect(findings.contains { $0.id == check }, "\(findings)")
    }

    /// The end of the first certificate's base64.
    private static func endOfFirst(_ text: [UInt8]) -> Int? {
        let end = Array("\n-----END".utf8)
        return (0...(text.count - end.count)).first { text[$0...].starts(with: end) }
    }

    @Test func `collateral that lacks a part, or has one twice, is refused`() throws {
        let sample = DcapSample.trustDomain
        var parts = try sample.bytes()
        let collateral = try #require(parts["collateral"])
        let members = try #require(JSONSerialization.jsonObject(with: Data(collateral)) as? [String: String])
        for name in members.keys {
            var fewer = members
            fewer[name] = nil
            parts["collateral"] = Array(try JSONSerialization.data(withJSONObject: fewer))
            #expect(sample.findings(parts).map(\.id) == ["dcap.collateral-malformed"], "\(name)")
        }
        let text = String(decoding: collateral, as: UTF8.self)
        let twice = text.replacingCharacters(in: text.startIndex...text.startIndex, with: #"{"tcb_info": "{}","#)
        parts["collateral"] = Array(twice.utf8)
        #expect(sample.findings(parts).map(\.id) == ["dcap.collateral-malformed"])
    }

    @Test func `collateral that is cut anywhere is refused`() throws {
        let sample = DcapSample.enclave
        var parts = try sample.bytes()
        let collateral = try #require(parts["collateral"])
        let end = try #require(collateral.lastIndex(of: UInt8(ascii: "}")))
        for count in stride(from: 0, through: end, by: 61) {
            parts["collateral"] = Array(collateral.prefix(count))
            #expect(!sample.findings(parts).isEmpty, "\(count) bytes")
        }
    }

    @Test(arguments: [(-40 * 86_400.0, "dcap.collateral-not-yet-valid"), (40 * 86_400.0, "dcap.collateral-expired")])
    func `collateral counts only between its dates`(seconds: TimeInterval, check: String) throws {
        for sample in DcapSample.all {
            let findings = sample.findings(try sample.bytes(), after: seconds)
            #expect(findings.filter { $0.id == check }.map(\.subject) == ["TCB info", "QE identity"], "\(sample.name)")
        }
    }
}
