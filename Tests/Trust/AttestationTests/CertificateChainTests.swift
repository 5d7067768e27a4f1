import Attestation
import Crypto
import Foundation
import Testing

@Suite("Certificate chains")
struct CertificateChainTests {
    private let root = TestAuthority(name: "test root")
    private let leafKey = P256.Signing.PrivateKey().publicKey
    private let now = Date(timeIntervalSince1970: 1_751_328_000)

    /// The findings for a chain of one leaf issued by the root.
    private func findings(
        _ change: (inout TestAuthority.Wish) -> Void = { _ in },
        lists: [RevocationList] = []
    ) throws -> [String] {
        var wish = TestAuthority.Wish()
        change(&wish)
        let leaf = try root.certificate(wish, key: leafKey)
        return findings([CertificateChain.Link("leaf", leaf)], lists: lists)
    }

    private func findings(_ links: [CertificateChain.Link], lists: [RevocationList] = []) -> [String] {
        var work = VerificationContext(now: now, anchors: [root.anchor])
        let named = lists.map { CertificateChain.List("list", $0) }
        _ = CertificateChain(leafFirst: links).verify(lists: named, kind: .snp, &work)
        return work.findings.map(\.id)
    }

    /// A leaf below an intermediate authority below the root.
    private func chain(_ change: (inout TestAuthority.Wish) -> Void) throws -> [CertificateChain.Link] {
        let middle = TestAuthority(name: "middle")
        var wish = TestAuthority.Wish(subject: "middle", pathLength: 0)
        change(&wish)
        return [
            CertificateChain.Link("leaf", try middle.certificate(TestAuthority.Wish(), key: leafKey)),
            CertificateChain.Link("middle", try root.certificate(wish, key: middle.key.publicKey)),
        ]
    }

    @Test func `a leaf of a trusted root is right`() throws {
        #expect(try findings() == [])
        #expect(try findings(chain { _ in }) == [])
        #expect(try findings(lists: [root.list(withdrawing: [8, 9])]) == [])
    }

    @Test func `a certificate out of its time is refused`() throws {
        #expect(try findings { $0.notAfter = "20250630235959Z" } == ["certificate.expired"])
        #expect(try findings { $0.notBefore = "20250701000001Z" } == ["certificate.not-yet-valid"])
        #expect(try findings { $0.notAfter = "20250701000000Z" } == [])
    }

    @Test func `a withdrawn certificate is refused`() throws {
        #expect(try findings(lists: [root.list(withdrawing: [6, 7])]) == ["certificate.revoked"])
    }

    @Test func `a list out of its time, of another's key or of another authority is refused`() throws {
        let old = try root.list(withdrawing: [], nextUpdate: "20250630000000Z")
        #expect(try findings(lists: [old]) == ["revocation-list.expired"])
        let early = try root.list(withdrawing: [], thisUpdate: "20250702000000Z")
        #expect(try findings(lists: [early]) == ["revocation-list.not-yet-valid"])
        let impostor = TestAuthority(name: "test root")
        #expect(try findings(lists: [impostor.list(withdrawing: [])]) == ["revocation-list.signature-invalid"])
        let other = TestAuthority(name: "other")
        #expect(try findings(lists: [other.list(withdrawing: [])]) == ["revocation-list.issuer-mismatch"])
    }

    @Test func `an authority must be one, and may not be longer than it says`() throws {
        #expect(try findings(chain { $0.pathLength = nil }) == ["certificate.not-authority"])
        #expect(try findings(chain { $0.usage = 0x80 }) == ["certificate.not-authority"])
        #expect(try findings(chain { $0.usage = 0x04 }) == [])
        let upper = TestAuthority(name: "upper")
        let lower = TestAuthority(name: "lower")
        let links = [
            CertificateChain.Link("leaf", try lower.certificate(TestAuthority.Wish(), key: leafKey)),
            CertificateChain.Link(
                "lower",
                try upper.certificate(TestAuthority.Wish(subject: "lower", pathLength: -1), key: lower.key.publicKey)
            ),
            CertificateChain.Link(
                "upper",
                try root.certificate(TestAuthority.Wish(subject: "upper", pathLength: 0), key: upper.key.publicKey)
            ),
        ]
        #expect(findings(links) == ["certificate.path-too-long"])
        #expect(findings(Array(repeating: links[0], count: 9)) == ["certificate.path-too-long"])
    }

    @Test func `a critical extension that nobody knows is refused`() throws {
        #expect(try findings { $0.hasUnknownExtension = true } == ["certificate.extension-unknown"])
    }

    @Test func `a root of the same name and another key is refused`() throws {
        let impostor = TestAuthority(name: "test root")
        let leaf = try impostor.certificate(TestAuthority.Wish(), key: leafKey)
        #expect(findings([CertificateChain.Link("leaf", leaf)]) == ["certificate.signature-invalid"])
        let own = try impostor.certificate(
            TestAuthority.Wish(subject: "test root", pathLength: -1),
            key: impostor.key.publicKey
        )
        let links = [CertificateChain.Link("leaf", leaf), CertificateChain.Link("root", own)]
        #expect(findings(links) == ["certificate.root-unknown"])
    }

    @Test func `no chain, and an unknown root, are refused`() throws {
        #expect(findings([]) == ["certificate.chain-empty"])
        let other = TestAuthority(name: "other")
        let leaf = try other.certificate(TestAuthority.Wish(), key: leafKey)
        #expect(findings([CertificateChain.Link("leaf", leaf)]) == ["certificate.root-unknown"])
    }

    @Test func `a root vouches for its own kinds alone`() throws {
        let leaf = try root.certificate(TestAuthority.Wish(), key: leafKey)
        var work = VerificationContext(now: now, anchors: [root.anchor])
        _ = CertificateChain(leafFirst: [CertificateChain.Link("leaf", leaf)]).verify(kind: .nitro, &work)
        #expect(work.findings.map(\.id) == ["certificate.root-unknown"])
    }

    @Test func `a certificate and a list that are cut are refused`() throws {
        let der = try root.certificate(TestAuthority.Wish(pathLength: 1), key: leafKey).der
        for length in 0..<der.count {
            #expect(throws: AttestationError.self) { try Certificate(der: Array(der.prefix(length)), role: "leaf") }
        }
        #expect(throws: AttestationError.self) { try Certificate(der: der + [0], role: "leaf") }
        #expect(throws: AttestationError.self) { try RevocationList(der: der, role: "list") }
    }

    @Test func `PEM is bounded`() throws {
        let block = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        let many = Array(String(repeating: block, count: 17).utf8)
        let finding = try AttestationError.thrown { _ = try PemText.blocks(many, subject: "chain") }
        #expect(finding.id == "evidence.too-large")
        #expect(try PemText.blocks(Array((block + block).utf8), subject: "chain") == [[0, 0, 0], [0, 0, 0]])
        for text in [
            "-----BEGIN CERTIFICATE-----\nAAAA\n", "-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----\n",
        ] {
            #expect(throws: AttestationError.self) { try PemText.blocks(Array(text.utf8), subject: "chain") }
        }
    }
}
