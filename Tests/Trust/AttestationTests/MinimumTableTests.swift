import Attestation
import Crypto
import Foundation
import Testing

/// A table that is brought up to date by a signed file.
@Suite("Table of minimum versions")
struct MinimumTableTests {
    private let key = Curve25519.Signing.PrivateKey()

    private var pem: String {
        let start: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        let text = Data(start + Array(key.publicKey.rawRepresentation)).base64EncodedString()
        return "-----BEGIN PUBLIC KEY-----\n\(text)\n-----END PUBLIC KEY-----\n"
    }

    private static func table(day: String = "2099-01-01", line: String = "Genoa", component: String = "snp") -> String {
        """
        {"format": "adyton.minimum-versions/1", "day": "\(day)",
         "lines": {"\(line)": {"components": {"\(component)": 30}, "sources": ["a bulletin"]}},
         "weaknesses": [{"line": "Turin", "summary": "made for this test", "source": "nobody"}]}
        """
    }

    private func signed(_ table: String, signedInstead: String? = nil) throws -> Data {
        let signature = try key.signature(for: Data((signedInstead ?? table).utf8))
        let content = Data(table.utf8).base64EncodedString()
        return Data(
            #"{"version": 1, "table": "\#(content)", "signature": "\#(signature.base64EncodedString())"}"#.utf8
        )
    }

    @Test func `a signed, newer table is read, and lint says what it changes`() throws {
        let table = try MinimumVersions(signed: signed(Self.table()), key: pem, subject: "table")
        #expect(table.lines["Genoa"]?.components == ["snp": 30])
        var policy = AppraisalPolicy()
        policy.platforms[.snp] = AppraisalPolicy.PlatformRule()
        policy.platforms[.snp]?.minimumTCB = [
            "Genoa": ["snp": 27, "microcode": 86], "Turin": ["snp": 2, "microcode": 71],
        ]
        let before = policy.remarks(at: Date())
        let after = policy.remarks(at: Date(), comparedWith: table)
        #expect(!before.contains { $0.id == .minimumOld && $0.path.contains("Genoa") })
        #expect(after.contains { $0.id == .minimumOld && $0.path.hasSuffix("Genoa.snp") })
        #expect(after.contains { $0.id == .lineWeak && $0.advice.contains("made for this test") })
    }

    @Test func `a changed, a wrongly signed, an older and a malformed table are refused`() throws {
        func refusal(_ data: Data, key: String? = nil) throws -> String {
            try AttestationError.thrown {
                _ = try MinimumVersions(signed: data, key: key ?? pem, subject: "table")
            }.id
        }
        #expect(try refusal(signed(Self.table(), signedInstead: Self.table(day: "2098-01-01"))) == "table.signature")
        let other = MinimumTableTests().pem
        #expect(try refusal(signed(Self.table()), key: other) == "table.signature")
        #expect(try refusal(signed(Self.table()), key: "no key") == "table.key-invalid")
        #expect(try refusal(signed(Self.table(day: "2020-01-01"))) == "table.old")
        for wrong in [
            Self.table(day: "soon"), Self.table(line: "Rome"), Self.table(component: "psp"), "{}",
            Self.table().replacing("[\"a bulletin\"]", with: "[]"), Self.table().replacing("lines", with: "rows"),
            Self.table().replacing("versions/1", with: "versions/2"),
        ] {
            #expect(try refusal(signed(wrong)) == "table.invalid", "\(wrong)")
        }
        #expect(try refusal(Data(#"{"version": 1}"#.utf8)) == "table.invalid")
    }
}
