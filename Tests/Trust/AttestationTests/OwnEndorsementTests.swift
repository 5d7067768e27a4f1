import Attestation
import Crypto
import Diagnostics
import Foundation
import TestSupport
import Testing

/// A host that chooses which revocation list and TCB information its client sees, and a client that brings its own.
@Suite("The client's own endorsements", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct OwnEndorsementTests {
    /// A vendor that has documents by the names of their requests.
    private struct Vendor: EndorsementSource {
        var documents: [String: [UInt8]]

        func document(for request: EndorsementRequest) async throws -> [UInt8]? { documents[request.name] }
    }

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func cache(_ documents: [String: [UInt8]], _ anchors: [TrustAnchor], _ now: Date) -> EndorsementCache {
        let vendor = Vendor(documents: documents)
        return EndorsementCache(folder: folder.url, upstream: vendor, testOnlyRoots: anchors, now: { now })
    }

    private func endorsed(_ bundle: EvidenceBundle, _ cache: EndorsementCache) async throws -> EvidenceBundle {
        try await bundle.endorsed(by: cache, until: Deadline(in: .seconds(30))).bundle.get()
    }

    /// A genuine report under an issuer that a test's root certified, so that the root can revoke it.
    private func report(under root: TestAuthority) throws -> (bundle: EvidenceBundle, now: Date) {
        let key = try Vectors.bytes("snp/oak/vcek_turin_oc.der")
        let issuer = try Certificate(der: Vectors.bytes("snp/amd-roots/turin_ask.der"), role: "ASK")
        let parts = [
            "report": try Vectors.bytes("snp/oak/report_v5_turin_oc.bin"), "vcek": key,
            "ask": try root.issuer(subject: issuer.subject, publicKey: issuer.subjectPublicKeyInfo, serial: 7),
        ]
        return (EvidenceBundle(kind: .snp, parts: parts), Date(timeIntervalSince1970: 1_755_302_400))
    }

    @Test func `a host that sends an old list without the revocation is found out by the client's newer one`()
        async throws
    {
        let root = TestAuthority(name: "ARK-Turin")
        let old = try root.der(withdrawing: [], thisUpdate: "20250701000000Z", nextUpdate: "20250901000000Z")
        let new = try root.der(withdrawing: [7], thisUpdate: "20250810000000Z", nextUpdate: "20250901000000Z")
        var (bundle, now) = try report(under: root)
        bundle = EvidenceBundle(kind: .snp, parts: bundle.parts.merging(["crl": old]) { $1 })
        let verifier = Verifier(testOnlyRoots: [root.anchor])
        // By itself the old list passes: it is signed, and valid.
        guard case .verified(let verified) = verifier.verify(try bundle.evidence(), at: now) else {
            Issue.record("the attack's evidence is authentic by itself")
            return
        }
        #expect(verified.claims.revocation == .checked)
        let cache = cache(["amd-vcek-Turin.crl": new], [root.anchor], now)
        let own = try await endorsed(bundle, cache)
        guard case .refused(let findings) = verifier.verify(try own.evidence(), at: now) else {
            Issue.record("the revocation was overlooked")
            return
        }
        #expect(Set(findings.map(\.id)) == ["certificate.revoked"])
    }

    @Test func `a list that the host left out is brought by the client`() async throws {
        let root = TestAuthority(name: "ARK-Turin")
        let list = try root.der(withdrawing: [9], thisUpdate: "20250810000000Z", nextUpdate: "20250901000000Z")
        let (bundle, now) = try report(under: root)
        let verifier = Verifier(testOnlyRoots: [root.anchor])
        let own = try await endorsed(bundle, cache(["amd-vcek-Turin.crl": list], [root.anchor], now))
        guard case .verified(let verified) = verifier.verify(try own.evidence(), at: now) else {
            Issue.record("a good list vouches for nothing")
            return
        }
        #expect(verified.claims.revocation == .checked)
        // Where the vendor is silent, what is missing is said.
        let elsewhere = EndorsementCache(folder: folder.url.appending(path: "empty"), upstream: nil)
        let (result, use) = await bundle.endorsed(by: elsewhere, until: Deadline(in: .seconds(30)))
        #expect(try result.get().parts["crl"] == nil && use.missing.map(\.name) == ["amd-vcek-Turin.crl"])
    }

    @Test func `Intel's documents of the client win over valid ones of the host, each by itself`() async throws {
        // Two genuine sets about one platform, both valid on this day.
        let now = try Date("2026-02-20T00:00:00Z", strategy: .iso8601)
        let quote = try Vectors.bytes("tdx/go-tdx-guest/quote_v5_sample.bin")
        let host = try Vectors.bytes("tdx/go-tdx-guest/collateral_v5_2026-02-20.json")
        let published = try Vectors.bytes("tdx/dcap-qvl/tdx_quote_outdated_collateral.json")
        let own = try CollateralDocuments(published, family: "90c06f000000")
        let bundle = EvidenceBundle(kind: .tdx, parts: ["quote": quote, "collateral": host])
        #expect(try Self.issued(bundle, now)["TCB info"] == "2026-02-01T14:49:26Z")
        let all = cache(own.documents, TrustAnchor.vendors, now)
        let replaced = try await endorsed(bundle, all)
        #expect(try Self.issued(replaced, now)["TCB info"] == "2026-02-18T10:58:51Z")
        // Without a network later the cache serves; garbage of the host does not matter then.
        let offline = EndorsementCache(folder: folder.url, upstream: nil)
        let garbage = EvidenceBundle(kind: .tdx, parts: ["quote": quote, "collateral": [1, 2, 3]])
        #expect(try Self.issued(await endorsed(garbage, offline), now) == Self.issued(replaced, now))
        // One document that the client lacks is the host's; the others stay the client's.
        let partial = EndorsementCache(
            folder: folder.url.appending(path: "partial"),
            upstream: Vendor(documents: own.documents.filter { $0.key != "intel-tdx-qe-identity.json" }),
            now: { now }
        )
        let mixed = try Self.issued(await endorsed(bundle, partial), now)
        #expect(mixed["TCB info"] == "2026-02-18T10:58:51Z")
        #expect(try mixed["QE identity"] == Self.issued(bundle, now)["QE identity"])
    }

    /// The dates of what verification used, by name.
    private static func issued(_ bundle: EvidenceBundle, _ now: Date) throws -> [String: String] {
        switch Verifier().verify(try bundle.evidence(), at: now) {
        case .refused(let findings): throw Sample.Refusal(findings: findings)
        case .verified(let verified):
            Dictionary(verified.claims.endorsements.map { ($0.name, $0.issued.plain) }) { first, _ in first }
        }
    }

    @Test func `a policy that tolerates what is missing must name a day that is not past`() throws {
        var policy = AppraisalPolicy()
        let now = try Date("2026-12-01T12:00:00Z", strategy: .iso8601)
        let (past, today) = (try #require(PolicyDate("2026-11-30")), try #require(PolicyDate("2026-12-01")))
        for kind in EvidenceKind.allCases {
            var rule = AppraisalPolicy.PlatformRule()
            rule.tolerated = [
                "endorsement.revocation-not-checked": past, "endorsement.status-not-appraised": today,
                "tdx.debug": past,
            ]
            policy.platforms = [kind: rule]
            let isFree = [.nitro, .developerVtpm, .developerProcess].contains(kind)
            let findings = policy.connectionObstacles(at: now)
            #expect(findings.map(\.id) == (isFree ? [] : ["connection.tolerance-ended"]), "\(kind)")
            if !isFree {
                let line = "platforms.\(kind.rawValue).tolerate.endorsement.revocation-not-checked"
                #expect(findings.first?.fields == [line] && findings.first?.found == "2026-11-30")
                #expect(policy.connectionObstacles(at: now + 86_400).count == 2)
            }
        }
    }
}

/// Collateral as Intel's services publish it, by the names of the requests.
struct CollateralDocuments {
    let documents: [String: [UInt8]]

    init(_ json: [UInt8], family: String) throws {
        let texts = try JSONDecoder().decode([String: String?].self, from: Data(json))
        func text(_ name: String) throws -> String { try #require(texts[name] ?? nil) }
        func signed(_ member: String, _ name: String) throws -> [UInt8] {
            let body = try #"{"\#(member)":\#(text(name)),"signature":"\#(text(name + "_signature"))"}"#
            return ChainedDocument(chain: Array(try text(name + "_issuer_chain").utf8), body: Array(body.utf8)).bytes
        }
        func list(_ name: String) throws -> [UInt8] { try #require(Hexadecimal.bytes(text(name))) }
        let platformList = ChainedDocument(
            chain: Array(try text("pck_crl_issuer_chain").utf8),
            body: try list("pck_crl")
        ).bytes
        documents = [
            "intel-tdx-tcb-\(family).json": try signed("tcbInfo", "tcb_info"),
            "intel-tdx-qe-identity.json": try signed("enclaveIdentity", "qe_identity"),
            "intel-pck-platform.crl": platformList, "intel-pck-processor.crl": platformList,
            "intel-root.crl": try list("root_ca_crl"),
        ]
    }
}
