import Attestation
import Foundation
import TestSupport
import Testing

/// The attestation message of go-tpm-tools, put together from parts of a genuine machine of Google Cloud.
@Suite("Attestations of go-tpm-tools", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct GoTpmAttestationTests {
    private static let folder = "tpm/go-tpm-tools/"
    private static let clock = Date(timeIntervalSince1970: 1_672_531_200)

    /// Encodes fields of Protocol Buffers.
    private enum Proto {
        static func varint(_ number: UInt64) -> [UInt8] {
            number < 128 ? [UInt8(number)] : [UInt8(number & 0x7F) | 0x80] + varint(number >> 7)
        }

        static func bytes(_ field: UInt64, _ content: [UInt8]) -> [UInt8] {
            varint(field << 3 | 2) + varint(UInt64(content.count)) + content
        }

        static func number(_ field: UInt64, _ number: UInt64) -> [UInt8] { varint(field << 3) + varint(number) }
    }

    private static func quote(_ name: String, _ bank: UInt64) throws -> [UInt8] {
        let path = folder + "gce-cos-85-nonce9009/" + name
        let json = Data(try Vectors.bytes(path + "_pcrs.json"))
        let banks = try #require(JSONSerialization.jsonObject(with: json) as? [String: [String: String]])
        var registers = Proto.number(1, bank)
        for (number, digits) in try #require(banks[name]).sorted(by: { $0.key < $1.key }) {
            let value = stride(from: 0, to: digits.count, by: 2).map { index in
                UInt8(digits.dropFirst(index).prefix(2), radix: 16) ?? 0
            }
            let index = UInt64(number) ?? 0
            // Zero is the default of a number, and is left out.
            registers += Proto.bytes(2, (index == 0 ? [] : Proto.number(1, index)) + Proto.bytes(2, value))
        }
        return Proto.bytes(1, try Vectors.bytes(path + "_attest.bin"))
            + Proto.bytes(2, try Vectors.bytes(path + "_signature_tpmt.bin")) + Proto.bytes(3, registers)
    }

    private static func message(_ banks: [(String, UInt64)]) throws -> [UInt8] {
        var message = Proto.bytes(1, try Vectors.bytes(folder + "ak_tpmt_public.bin"))
        for (name, bank) in banks { message += Proto.bytes(2, try quote(name, bank)) }
        message += Proto.bytes(3, try Vectors.bytes(folder + "event_log.bin"))
        // The instance's name and the like, and a hardware report, are skipped.
        message += Proto.bytes(4, Proto.bytes(1, Array("europe-west3-a".utf8)))
        message += Proto.bytes(6, try Vectors.bytes(folder + "ak_cert.der"))
        return message + Proto.bytes(7, try Vectors.bytes(folder + "tpm_ek_intermediate_2.crt"))
    }

    private static let all: [(String, UInt64)] = [("sha1", 4), ("sha384", 12), ("sha256", 11)]

    private func sample(_ message: [UInt8]) -> Sample {
        Sample(kind: .tpm, parts: ["attestation": message], clock: Self.clock)
    }

    private let verifier = Verifier(alsoTrustingDeveloperRoots: TrustAnchor.tpmAuthorities["gcp"] ?? [])

    @Test func `a message is verified below Google's own root, by its quote of SHA-256`() throws {
        let verified = try sample(Self.message(Self.all)).verified(verifier)
        #expect(verified.kind == .tpm)
        #expect(verified.claims.root == TrustAnchor.gcpTpm2018.fingerprint)
        #expect(verified.claims.measurements["pcr0"]?.count == 32)
        #expect(verified.claims.measurements["sha1-pcr0"] == nil)
        #expect(verified.claims.reportData == [0x90, 0x09])
        #expect(verified.claims.details["event-log"]?.hasPrefix("replayed: pcr0") == true)
        let none = sample(try Self.message(Self.all)).findings(Verifier()).map(\.id)
        #expect(none == ["certificate.root-unknown"])
    }

    @Test func `a message of SHA-1's bank alone is reserved about`() throws {
        let verified = try sample(Self.message([("sha1", 4)])).verified(verifier)
        #expect(verified.claims.reservations.map(\.id).contains("tpm.sha1"))
    }

    @Test func `a message that is cut or changed is refused`() throws {
        let whole = try Self.message([("sha256", 11)])
        let end = whole.count
        for length in stride(from: 0, to: end, by: 499) {
            #expect(!sample(Array(whole.prefix(length))).findings(verifier).isEmpty, "\(length)")
        }
        // The first kilobytes hold the key, the quote, its signature and its registers.
        for index in stride(from: 2, to: 1500, by: 13) {
            let changed = sample(whole).flipping("attestation", at: index, mask: 0x10)
            #expect(!changed.findings(verifier).isEmpty, "\(index)")
        }
    }

    @Test(
        arguments: [
            ([0x0B], "tag"), ([0x02, 0x00], "tag"), ([0x80], "tag"), ([0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], "bytes"),
            ([UInt8](repeating: 0xFF, count: 11), "tag"), ([0x08, 0x01], "ak_pub"),
        ] as [([UInt8], String)]
    )
    func `bytes that are no message are refused by the field`(bytes: [UInt8], field: String) throws {
        let finding = try #require(sample(bytes).findings(verifier).first)
        #expect(finding.id.hasPrefix("evidence."))
        #expect(finding.fields == [field])
        #expect(finding.expected != nil)
    }

    @Test func `a message of many quotes is refused before they are looked at`() throws {
        let quote = Proto.bytes(2, try Self.quote("sha256", 11))
        let finding = try #require(sample((0..<50).flatMap { _ in quote }).findings(verifier).first)
        #expect(finding.id == "evidence.field-invalid")
        #expect(finding.expected == "at most 8 of each")
    }
}
