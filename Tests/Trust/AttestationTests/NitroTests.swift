import Attestation
import Foundation
import TestSupport
import Testing

@Suite("Nitro documents", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct NitroTests {
    private static let fields = [
        "module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle", "public_key", "user_data", "nonce",
    ]

    /// The offset of a value, after the key's text and the value's head.
    private static func place(_ field: String, in document: [UInt8], skipping head: Int) throws -> Int {
        let key = [0x60 | UInt8(field.utf8.count)] + Array(field.utf8)
        let start = try #require(document.indices.first { document[$0...].starts(with: key) })
        return start + key.count + head
    }

    @Test(arguments: fields)
    func `a changed field is refused by a finding that names it`(field: String) throws {
        let sample = try Vectors.sample("nitro/evervault/production-2022")
        let document = try #require(sample.parts["document"])
        let head = ["public_key": 0, "user_data": 0, "pcrs": 5, "cabundle": 5][field] ?? 3
        let index = try Self.place(field, in: document, skipping: head)
        let findings = sample.flipping("document", at: index).findings()
        let names = findings.flatMap(\.fields)
        let isNamed = names.contains(field) || field == "cabundle" && findings.contains { $0.subject == "cabundle[0]" }
        #expect(isNamed, "\(findings)")
    }

    @Test func `a change anywhere is refused`() throws {
        let sample = try Vectors.sample("nitro/dstack/production-2025-a")
        let size = try #require(sample.parts["document"]).count
        for index in stride(from: 0, to: size, by: 13) {
            #expect(!sample.flipping("document", at: index).findings().isEmpty, "byte \(index)")
        }
    }

    @Test func `a document that is cut, or longer, is refused`() throws {
        let document = try Vectors.bytes("nitro/dstack/doc_2025_a.bin")
        for length in 0..<document.count {
            #expect(throws: AttestationError.self) { try NitroDocument(Array(document.prefix(length))) }
        }
        let finding = try AttestationError.thrown { _ = try NitroDocument(document + [0]) }
        #expect(finding.id == "evidence.trailing-bytes")
    }

    @Test(
        arguments: [
            ("nitro/derived-negatives/alg-only-unprotected", "nitro.cose-invalid"),
            ("nitro/derived-negatives/signature-der-encoded", "nitro.field-invalid"),
            ("nitro/derived-negatives/missing-pcrs", "nitro.field-missing"),
            ("nitro/derived-negatives/cabundle-reversed", "certificate.root-unknown"),
            ("nitro/derived-negatives/flip-pcr0", "nitro.document-signature"),
            ("nitro/evervault/production-2022-clock-late", "certificate.expired"),
            ("nitro/evervault/production-2022-clock-early", "certificate.not-yet-valid"),
        ]
    )
    func `a false document is refused for its own reason`(id: String, check: String) throws {
        let findings = try Vectors.sample(id).findings()
        #expect(findings.contains { $0.id == check }, "\(findings)")
    }

    @Test func `a document from the future is refused`() throws {
        var sample = try Vectors.sample("nitro/dstack/production-2025-b")
        sample.clock -= 61
        #expect(sample.findings().contains { $0.id == "nitro.timestamp" })
    }

    @Test func `debug mode is a reservation`() throws {
        let claims = try Vectors.sample("nitro/dstack/debug-2025").verified().claims
        #expect(claims.isDebug)
        #expect(claims.reservations.map(\.id) == ["nitro.debug"])
        #expect(claims.measurements["pcr0"] == nil)
    }

    @Test(
        arguments: [
            ("an array without end", [0x9F]),
            ("a map that claims much", [0xBB, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            ("a string that claims much", [0x5B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            ("deep nesting", [UInt8](repeating: 0x81, count: 60_000)),
            ("deep tags", [UInt8](repeating: 0xC1, count: 60_000)), ("a long head", [0x18, 0x01]),
            ("a key twice", [0xA2, 0x01, 0x01, 0x01, 0x02]), ("a float", [0xF9, 0x00, 0x00]),
            ("a string in pieces", [0x5F, 0x41, 0x00, 0xFF]), ("a lone end", [0xFF]), ("no UTF-8", [0x61, 0xFF]),
        ] as [(String, [UInt8])]
    )
    func `hostile CBOR is refused at once`(name: String, bytes: [UInt8]) {
        #expect(throws: AttestationError.self) { try CborValue(bytes, subject: name) }
    }
}
