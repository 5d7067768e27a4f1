import Foundation
import Testing

@testable import Attestation

/// Times and object identifiers as vendors' documents and certificates write them.
@Suite("Times and object identifiers")
struct TextFormTests {
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
