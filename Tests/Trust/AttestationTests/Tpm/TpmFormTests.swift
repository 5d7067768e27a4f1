import Attestation
import Crypto
import Foundation
import TestSupport
import Testing

/// Certificates, banks and logs of TPMs as clouds and tools give them.
@Suite("Forms of a TPM's evidence")
struct TpmFormTests {
    private let authority = TestAuthority(name: "TPM authority")
    private let made = MadeQuote()

    private func parts() throws -> (parts: [String: [UInt8]], certificate: [UInt8]) {
        let certificate = try authority.certificate(TestAuthority.Wish(usage: 0x80), key: made.key.publicKey).der
        let parts = [
            "attest": made.attest, "signature": try made.signature(), "ak_public": made.publicArea,
            "pcrs": made.registersText, "ak_certificate": certificate,
        ]
        return (parts, certificate)
    }

    private func findings(_ parts: [String: [UInt8]]) -> [Finding] {
        let anchor = TrustAnchor(
            name: authority.name,
            kinds: [.tpm],
            fingerprint: String(repeating: "0", count: 64),
            publicKey: authority.anchor.publicKey,
            origin: "this test"
        )
        let now = Date(timeIntervalSince1970: 1_780_000_000)
        return Sample(kind: .tpm, parts: parts, clock: now).findings(Verifier(alsoTrustingDeveloperRoots: [anchor]))
    }

    @Test func `a certificate without extended key usage is taken, as GCE's are`() throws {
        #expect(findings(try parts().parts).isEmpty)
    }

    @Test func `a certificate is read with the padding of its storage, and in PEM`() throws {
        var (parts, certificate) = try parts()
        for padding: UInt8 in [0, 0xFF] {
            parts["ak_certificate"] = certificate + [UInt8](repeating: padding, count: 512)
            #expect(findings(parts).isEmpty)
        }
        let text = Data(certificate).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        parts["ak_certificate"] = Array("\n-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n".utf8)
        #expect(findings(parts).isEmpty)
    }

    @Test(arguments: [[UInt8](repeating: 1, count: 8), [0, 0, 0xFF], [0xFF, 0xFF, 0], [0, 0, 1]])
    func `what follows a certificate and is no padding is refused`(rest: [UInt8]) throws {
        var (parts, certificate) = try parts()
        parts["ak_certificate"] = certificate + rest
        let finding = try #require(findings(parts).first)
        #expect(finding.id == "certificate.malformed")
        #expect(finding.found == "\(certificate.count) bytes, and \(rest.count) more behind them")
    }

    @Test(.enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
    func `a quote of the SHA-1 bank is reserved about, and a policy may name that`() throws {
        let folder = "tpm/go-tpm-tools/"
        let quote = folder + "gce-cos-85-nonce9009/sha1_"
        let area = try Vectors.bytes(folder + "ak_tpmt_public.bin")
        let parts = [
            "attest": try Vectors.bytes(quote + "attest.bin"), "pcrs": try Vectors.bytes(quote + "pcrs.json"),
            "signature": try Vectors.bytes(quote + "signature_tpmt.bin"), "ak_public": area,
        ]
        let sample = Sample(kind: .developerVtpm, parts: parts, clock: Date(timeIntervalSince1970: 1_672_531_200))
        let verifier = Verifier(alsoTrustingDeveloperRoots: [try TrustAnchor(developerKey: area)])
        let verified = try sample.verified(verifier)
        let reservation = try #require(verified.claims.reservations.first { $0.id == "tpm.sha1" })
        #expect(reservation.subject == "registers")
        #expect(reservation.fields.contains("sha1-pcr0"))
        guard case .refused = AuthenticityPolicy().evaluate(verified) else {
            Issue.record("accepted")
            return
        }
        guard case .authentic = AuthenticityPolicy(tolerating: ["tpm.sha1"]).evaluate(verified) else {
            Issue.record("refused")
            return
        }
    }

    @Test(.enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
    func `a log with its header alone is not called replayed, and says nothing of ACPI tables`() throws {
        let folder = "tpm/go-tpm-tools/"
        let quote = folder + "gce-cos-85-nonce9009/sha256_"
        let area = try Vectors.bytes(folder + "ak_tpmt_public.bin")
        let log = try Vectors.bytes(folder + "event_log.bin")
        var parts = [
            "attest": try Vectors.bytes(quote + "attest.bin"), "pcrs": try Vectors.bytes(quote + "pcrs.json"),
            "signature": try Vectors.bytes(quote + "signature_tpmt.bin"), "ak_public": area, "event_log": log,
        ]
        let verifier = Verifier(alsoTrustingDeveloperRoots: [try TrustAnchor(developerKey: area)])
        let clock = Date(timeIntervalSince1970: 1_672_531_200)
        let whole = try Sample(kind: .developerVtpm, parts: parts, clock: clock).verified(verifier).claims
        #expect(whole.details["event-log"]?.hasPrefix("replayed: pcr0 ") == true)
        #expect(whole.acpiTables != nil)
        parts["event_log"] = Array(log.prefix(32 + Int(log[28]) + Int(log[29]) << 8))
        let header = try Sample(kind: .developerVtpm, parts: parts, clock: clock).verified(verifier).claims
        #expect(header.details["event-log"] == "not replayed: no event of a quoted register")
        #expect(header.acpiTables == nil)
    }
}
