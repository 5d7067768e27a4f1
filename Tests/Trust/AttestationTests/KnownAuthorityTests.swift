import Crypto
import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Attestation

/// The authorities whose signatures are not checked again, as the vendors' roots and OpenSSL see them.
@Suite(.enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct KnownAuthorityTests {
    /// Certificates in DER, and documents with PEM blocks in them.
    private static let files =
        ["milan", "genoa", "turin"].flatMap { line in
            ["ask", "asvk", "ark"].map { "snp/amd-roots/\(line)_\($0).der" }
        } + [
            "tdx/intel-root/Intel_SGX_Provisioning_Certification_RootCA.der", "tdx/dcap-qvl/tdx_quote_collateral.json",
            "sgx/dcap-qvl/sgx_quote_collateral.json",
        ]

    /// Every certificate in a file.
    private static func certificates(_ path: String) throws -> [[UInt8]] {
        let bytes = try Vectors.bytes(path)
        guard bytes.first != 0x30 else { return [bytes] }
        let text = String(decoding: bytes, as: UTF8.self).replacing("\\n", with: "\n")
        let blocks = text.matches(of: /-----BEGIN CERTIFICATE-----[A-Za-z0-9+\/=\s]+-----END CERTIFICATE-----/)
        return try blocks.flatMap { try PemText.blocks(Array($0.output.utf8), subject: path) }
    }

    @Test func `OpenSSL finds the signature of the root in every known authority`() async throws {
        let openssl = try #require(OutsideTool(named: "openssl"))
        let folder = try TemporaryFolder()
        var paths: [String: String] = [:]
        for der in try Self.files.flatMap(Self.certificates) {
            let digest = Hexadecimal.text(SHA256.hash(data: der))
            let text = "-----BEGIN CERTIFICATE-----\n\(Data(der).base64EncodedString())\n-----END CERTIFICATE-----\n"
            let file = folder.url.appending(path: digest)
            try Data(text.utf8).write(to: file)
            paths[digest] = file.path
        }
        for (digest, root) in KnownAuthority.roots {
            let authority = try #require(paths[digest], "\(digest)")
            let anchor = try #require(paths[root.fingerprint], "\(root.name)")
            let output = try await openssl.run([
                "verify", "-no_check_time", "-partial_chain", "-trusted", anchor, authority,
            ])
            #expect(output.status == 0, "\(digest): \(output.standardError)")
        }
    }

    @Test func `a known authority counts under its own root's key alone`() throws {
        let authority = try Certificate(der: try Vectors.bytes("snp/amd-roots/milan_ask.der"), role: "ASK")
        #expect(KnownAuthority.isSigned(authority, with: TrustAnchor.amdMilan.publicKey))
        #expect(!KnownAuthority.isSigned(authority, with: TrustAnchor.amdGenoa.publicKey))
        // An attacker's own certificate under the known name.
        var changed = authority.der
        changed[changed.count - 1] ^= 1
        let other = try Certificate(der: changed, role: "ASK")
        #expect(!KnownAuthority.isSigned(other, with: TrustAnchor.amdMilan.publicKey))
        let root = try Certificate(der: try Vectors.bytes("snp/amd-roots/milan_ark.der"), role: "ARK")
        let chain = CertificateChain(leafFirst: [
            CertificateChain.Link("ASK", other), CertificateChain.Link("ARK", root),
        ])
        var work = VerificationContext(now: Date(timeIntervalSince1970: 1_755_302_400), anchors: TrustAnchor.vendors)
        _ = chain.verify(kind: .snp, &work)
        #expect(work.findings.map(\.id) == ["certificate.signature-invalid"])
    }
}
