import Foundation
import Testing

@testable import Attestation

/// The reader that everything signed, and every file of ours, goes through first.
@Suite("JSON")
struct JSONTextTests {
    private static func root(_ text: String) throws -> JSONNode { try JSONText(Array(text.utf8)).root }

    @Test func `gives members, elements, texts and numbers`() throws {
        let root = try Self.root(#" {"a" : [1, 23 ,{"b":null}], "c":"x\n\u00e9\ud83d\ude00", "":true,"d":-0.5e+1} "#)
        #expect(root["a"]?.elements?.map { $0.integer(Int.self) } == [1, 23, nil])
        #expect(root["c"]?.string == "x\né😀")
        #expect(root[""]?.kind == .boolean)
        #expect(root["d"]?.kind == .number)
        #expect(root["e"] == nil)
        #expect(root.members?.map(\.name) == ["a", "c", "", "d"])
        #expect(root["a"].map { String(decoding: $0.bytes, as: UTF8.self) } == #"[1, 23 ,{"b":null}]"#)
    }

    @Test(
        arguments: [
            "", " ", "{", "}", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}",
            "[1 2]",
            "01", "1.", ".5", "+1", "1e", "-", "tru", "nul", "truex", "\"", "\"\\\"", "\"\u{1}\"", "1 2", "{} x",
            "NaN", "'a'", "[1]]", "\u{FEFF}1",
        ]
    )
    func `refuses what is no JSON`(text: String) {
        #expect(throws: JSONText.Failure.self) { try JSONText(Array(text.utf8)) }
    }

    @Test(arguments: [#""\x""#, #""\u12""#, #""\ud800""#, #""\ud800\u0041""#, #""\udc00""#, #""\u+123""#])
    func `a string with a false escape has no text`(text: String) throws {
        #expect(try Self.root(text).string == nil)
    }

    @Test func `a string that is no UTF-8 has no text`() throws {
        #expect(try JSONText([0x22, 0xFF, 0x22]).root.string == nil)
        #expect(try JSONText([0x22, 0xC0, 0x80, 0x22]).root.string == nil)
    }

    @Test(
        arguments: [
            #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, #"[{"b":{"a":1,"c":0,"a":1}}]"#,
            "{\"\u{E9}\":1,\"e\u{301}\":2}",
            "{" + (0..<40).map { "\"n\($0)\":0," }.joined() + "\"n7\":1}",
        ]
    )
    func `refuses a member that an object has twice, however it is spelled`(text: String) {
        #expect(throws: JSONText.Failure.self) { try JSONText(Array(text.utf8)) }
    }

    @Test func `takes the same name in two objects`() throws {
        #expect(try Self.root(#"[{"a":1},{"a":2},{"a":{"a":3}}]"#).elements?.count == 3)
    }

    @Test func `refuses nesting that no document has, and is not slow about it`() throws {
        let depth = JSONText.maximumDepth
        let deepest = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(throws: Never.self) { try JSONText(Array(deepest.utf8)) }
        for bytes in [[UInt8](repeating: 0x5B, count: 1_000_000), Array("[\(deepest)]".utf8)] {
            #expect(throws: JSONText.Failure.self) { try JSONText(bytes) }
        }
    }

    @Test func `a text that is cut anywhere is refused`() throws {
        let text = Array(#"{"a":[1,-2.5e3,"x\u0041",true,false,null],"b":{"c":"é"}}"#.utf8)
        for count in 0..<text.count {
            #expect(throws: JSONText.Failure.self, "\(count) bytes") { try JSONText(Array(text.prefix(count))) }
        }
    }

    @Test(arguments: ["256", "-1", "1.0", "1e1", "99999999999999999999999999", "\"1\"", "null"])
    func `a number is whole, and fits`(text: String) throws {
        #expect(try Self.root(text).integer(UInt8.self) == nil)
    }

    @Test(
        arguments: [
            "2025-07-01T00:00:00", "2025-07-01 00:00:00Z", "2025-13-01T00:00:00Z", "2025-02-29T00:00:00Z",
            "2025-07-01T24:00:00Z", "2025-07-01T00:60:00Z", "2025-07-01T00:00:61Z", "2025-07-01T00:00:00+01:00",
            "+025-07-01T00:00:00Z",
        ]
    )
    func `a time has one spelling`(text: String) {
        #expect(Date(utcText: Array(text.utf8)) == nil)
    }

    @Test(arguments: ["1999-12-31T23:59:59Z", "2000-02-29T12:34:56Z", "2024-02-29T00:00:00Z", "2049-12-31T23:59:59Z"])
    func `a time is what Foundation says it is`(text: String) throws {
        #expect(Date(utcText: Array(text.utf8)) == (try Date.ISO8601FormatStyle().parse(text)))
    }

    @Test(arguments: ["1.2.840.113741.1.13.1.2.17", "0.9.2342.19200300.100.1.25", "2.5.29.19", "2.999.3", "1.3.6.1"])
    func `an object identifier is read as it was written`(text: String) throws {
        let parts = text.split(separator: ".").compactMap { UInt64($0) }
        var content: [UInt8] = []
        for number in [parts[0] * 40 + parts[1]] + parts.dropFirst(2) {
            var digits = [UInt8(number & 0x7F)]
            var rest = number >> 7
            while rest > 0 {
                digits.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
                rest >>= 7
            }
            content += digits
        }
        let node = try #require(DerField.parse([0x06, UInt8(content.count)] + content))
        #expect(DerField.identifier(node) == text)
    }

    @Test(arguments: [
        [], [0x80, 0x01], [0x2A, 0x80, 0x01], [0x2A, 0x86], [0x2A] + [UInt8](repeating: 0xFF, count: 12),
    ])
    func `a false object identifier is none`(content: [UInt8]) {
        let node = DerField.parse([0x06, UInt8(content.count)] + content)
        #expect(node.flatMap(DerField.identifier) == nil)
    }
}
