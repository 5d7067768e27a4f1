import Attestation
import Crypto
import Diagnostics
import Foundation
import TestSupport
import Testing

/// Documents of NitroTPM that the tests make after AWS's format, under a root of their own.
@Suite("NitroTPM documents")
struct NitroTpmTests {
    /// Encodes CBOR (RFC 8949) with the shortest heads.
    private enum Cbor {
        static func head(_ major: UInt8, _ number: UInt64) -> [UInt8] {
            let (low, width): (UInt8, Int) =
                switch number {
                case 0..<24: (UInt8(number), 0)
                case 24..<256: (24, 1)
                case 256..<65_536: (25, 2)
                case 65_536..<4_294_967_296: (26, 4)
                default: (27, 8)
                }
            return [major << 5 | low] + (0..<width).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }

        static func bytes(_ bytes: [UInt8]) -> [UInt8] { head(2, UInt64(bytes.count)) + bytes }
        static func text(_ text: String) -> [UInt8] { head(3, UInt64(text.utf8.count)) + Array(text.utf8) }
        static func array(_ items: [[UInt8]]) -> [UInt8] { head(4, UInt64(items.count)) + items.flatMap(\.self) }
        static func map(_ pairs: [([UInt8], [UInt8])]) -> [UInt8] {
            head(5, UInt64(pairs.count)) + pairs.flatMap { $0.0 + $0.1 }
        }
    }

    private static let now = Date(timeIntervalSince1970: 1_780_000_000)
    private static let milliseconds: UInt64 = 1_779_999_990_000

    private let authority = TestAuthority(name: "made for a test")
    private let key = P384.Signing.PrivateKey()
    private let root: [UInt8]
    private let leaf: [UInt8]

    init() throws {
        let wish = TestAuthority.Wish(subject: "made for a test", pathLength: -1, usage: 0x04)
        root = try authority.certificate(wish, key: authority.key.publicKey).der
        let spki = Array(key.publicKey.derRepresentation)
        let instance = TestAuthority.Wish(subject: "instance", usage: 0x80)
        leaf = try authority.certificate(instance, subjectPublicKeyInfo: spki).der
    }

    private func verifier(_ kinds: [EvidenceKind]) -> Verifier {
        Verifier(
            alsoTrustingDeveloperRoots: [
                TrustAnchor(
                    name: authority.name,
                    kinds: kinds,
                    fingerprint: Hexadecimal.text(SHA256.hash(data: root)),
                    publicKey: authority.anchor.publicKey,
                    origin: "this test"
                )
            ]
        )
    }

    private func registers(_ values: [Int: UInt8] = [0: 1, 4: 4, 7: 7, 12: 0]) -> [UInt8] {
        Cbor.map(
            values.sorted { $0.key < $1.key }.map {
                (Cbor.head(0, UInt64($0.key)), Cbor.bytes([UInt8](repeating: $0.value, count: 48)))
            }
        )
    }

    /// A signed document; `more` are further fields.
    private func document(_ fields: [(String, [UInt8])]? = nil, more: [(String, [UInt8])] = []) throws -> [UInt8] {
        let fields = fields ?? [("nitrotpm_pcrs", registers())]
        var pairs: [(String, [UInt8])] = [
            ("module_id", Cbor.text("i-0123456789abcdef0-tpm0000000000000000")), ("digest", Cbor.text("SHA384")),
            ("timestamp", Cbor.head(0, Self.milliseconds)),
        ]
        pairs += fields
        pairs += [
            ("certificate", Cbor.bytes(leaf)), ("cabundle", Cbor.array([Cbor.bytes(root)])),
            ("public_key", [0xF6]), ("user_data", Cbor.bytes(Array("report data of a test".utf8))),
            ("nonce", Cbor.bytes(Array("nonce of a test.".utf8))),
        ]
        pairs += more
        let payload = Cbor.map(pairs.map { (Cbor.text($0.0), $0.1) })
        let header: [UInt8] = [0xA1, 0x01, 0x38, 0x22]
        let signed = Cbor.array([Cbor.text("Signature1"), Cbor.bytes(header), Cbor.bytes([]), Cbor.bytes(payload)])
        let signature = Array(try key.signature(for: signed).rawRepresentation)
        return Cbor.array([Cbor.bytes(header), [0xA0], Cbor.bytes(payload), Cbor.bytes(signature)])
    }

    private func sample(_ document: [UInt8], _ kind: EvidenceKind = .nitroTpm) -> Sample {
        Sample(kind: kind, parts: ["document": document], clock: Self.now)
    }

    @Test func `a document of an instance is verified as a platform of its own, with its zeros`() throws {
        let verified = try sample(document()).verified(verifier([.nitroTpm]))
        #expect(verified.kind == .nitroTpm)
        #expect(verified.claims.measurements["pcr4"] == [UInt8](repeating: 4, count: 48))
        #expect(verified.claims.measurements["pcr12"] == [UInt8](repeating: 0, count: 48))
        #expect(verified.claims.nonce == Array("nonce of a test.".utf8))
        #expect(verified.claims.reservations.isEmpty)
        #expect(!verified.claims.isDebug)
    }

    @Test func `a root that vouches for enclaves alone does not vouch for an instance`() throws {
        let ids = sample(try document()).findings(verifier([.nitro])).map(\.id)
        #expect(ids == ["certificate.root-unknown"])
        #expect(TrustAnchor.awsNitro.kinds == [.nitro, .nitroTpm])
    }

    @Test func `a bundle of the other kind is refused with the right kind, not with an unknown field`() throws {
        let finding = try #require(sample(try document(), .nitro).findings(verifier([.nitro, .nitroTpm])).first)
        #expect(finding.id == "evidence.kind-mismatch")
        #expect(finding.fields == ["nitrotpm_pcrs"])
        #expect(finding.found == "nitrotpm")
        let enclave = try document([("pcrs", registers())])
        let other = try #require(sample(enclave).findings(verifier([.nitro, .nitroTpm])).first)
        #expect(other.id == "evidence.kind-mismatch" && other.found == "nitro")
    }

    @Test func `registers under both names, or none, are refused`() throws {
        let both = try document([("pcrs", registers()), ("nitrotpm_pcrs", registers())])
        #expect(sample(both).findings(verifier([.nitroTpm])).map(\.id) == ["nitro.field-invalid"])
        #expect(sample(try document([])).findings(verifier([.nitroTpm])).map(\.id) == ["nitro.field-missing"])
        let unknown = try document(more: [("tpm", Cbor.text("x"))])
        let finding = try #require(sample(unknown).findings(verifier([.nitroTpm])).first)
        #expect(finding.id == "nitro.field-unknown" && finding.found == "tpm")
    }

    @Test func `a change anywhere is refused, and so is every cut`() throws {
        let whole = try document()
        for index in stride(from: 0, to: whole.count, by: 7) {
            #expect(!sample(whole).flipping("document", at: index).findings(verifier([.nitroTpm])).isEmpty, "\(index)")
        }
        for length in stride(from: 0, to: whole.count, by: 11) {
            #expect(!sample(Array(whole.prefix(length))).findings(verifier([.nitroTpm])).isEmpty, "\(length)")
        }
    }

    @Test func `a policy must state every register that holds what was started`() throws {
        let verified = try sample(document()).verified(verifier([.nitroTpm]))
        var rule = AppraisalPolicy.PlatformRule()
        rule.measurements["pcr0"] = [Hexadecimal.text([UInt8](repeating: 1, count: 48))]
        var policy = AppraisalPolicy()
        policy.platforms[.nitroTpm] = rule
        let ids = policy.dryRun(verified, at: Self.now).map(\.id)
        #expect(ids.contains("policy.software-open"))
    }
}
