import Attestation
import Crypto
import Diagnostics
import Foundation
import TestSupport
import Testing

@Suite("A TPM in software", .enabled(if: SoftwareTpm.isPresent, SoftwareTpm.why), .serialized)
struct SoftwareTpmTests {
    /// Endorsement keys by handle, with their certificates' NV indexes and their authorization.
    private static let endorsementKeys = [
        // 2048 bits, SHA-256 and AES-128; its policy is PolicySecret of the endorsement hierarchy.
        (handle: "0x81010001", certificate: "0x01C00002", policy: true),
        // P-384, SHA-384 and AES-256; used with its own, empty authorization value.
        (handle: "0x81010016", certificate: "0x01C00016", policy: false),
    ]
    /// Attestation keys with their signature schemes.
    private static let schemes = [
        ("rsa2048", "rsassa", "sha256"), ("rsa2048", "rsapss", "sha256"), ("rsa3072", "rsassa", "sha384"),
        ("ecc256", "ecdsa", "sha256"), ("ecc384", "ecdsa", "sha384"),
    ]
    private static let attributes = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|sign"

    /// Creates an attestation key.
    private func makeKey(
        _ tpm: SoftwareTpm,
        _ algorithm: String = "rsa2048",
        _ scheme: String = "rsassa",
        _ hash: String = "sha256",
        attributes: String = Self.attributes
    ) async throws {
        try await tpm.run(
            "tpm2_createprimary",
            ["-C", "o", "-G", "\(algorithm):\(scheme)-\(hash):null", "-a", attributes, "-c", "ak.ctx"]
        )
        try await tpm.run("tpm2_readpublic", ["-c", "ak.ctx", "-o", "ak.pub", "-n", "ak.name"])
        try await tpm.run("tpm2_flushcontext", ["-t"])
    }

    private func endorsementKey(
        _ tpm: SoftwareTpm,
        _ handle: String = "0x81010001",
        certificate: String = "0x01C00002"
    ) async throws -> EndorsementKey.Outcome {
        try await tpm.run("tpm2_readpublic", ["-c", handle, "-o", "ek.pub"])
        try await tpm.run("tpm2_nvread", [certificate, "-o", "ek.crt"])
        let authorities = try await tpm.authorities()
        let root = try TrustAnchor(tpmAuthority: try #require(authorities.last), origin: "this test")
        return EndorsementKey.verify(
            publicArea: try tpm.bytes("ek.pub"),
            certificates: [try tpm.bytes("ek.crt")] + authorities,
            roots: [root],
            at: Date()
        )
    }

    /// Runs TPM2_ActivateCredential for a challenge.
    private func answer(
        _ challenge: CredentialChallenge,
        _ tpm: SoftwareTpm,
        _ handle: String = "0x81010001",
        policy: Bool = true
    ) async throws -> [UInt8] {
        // The file format of tpm2-tools: a magic number and a version before the two structures.
        let file = [0xBA, 0xDC, 0xC0, 0xDE, 0, 0, 0, 1] + challenge.credentialBlob + challenge.encryptedSecret
        try tpm.write(file, to: "credential")
        var arguments = ["-c", "ak.ctx", "-C", handle, "-i", "credential", "-o", "secret"]
        if policy {
            try await tpm.run("tpm2_startauthsession", ["--policy-session", "-S", "session.ctx"])
            try await tpm.run("tpm2_policysecret", ["-S", "session.ctx", "-c", "e"])
            arguments += ["-P", "session:session.ctx"]
        }
        try await tpm.run("tpm2_activatecredential", arguments)
        return try tpm.bytes("secret")
    }

    /// Quotes PCRs with a nonce, and reads their values.
    private func quote(
        _ tpm: SoftwareTpm,
        nonce: String,
        scheme: String = "rsassa",
        hash: String = "sha256"
    ) async throws -> [String: [UInt8]] {
        let bank = "sha256"
        try await tpm.run(
            "tpm2_quote",
            [
                "-c", "ak.ctx", "-l", "\(bank):0,4,7,16", "-q", nonce, "-m", "attest", "-s", "signature",
                "-g", hash, "--scheme", scheme,
            ]
        )
        try await tpm.run("tpm2_flushcontext", ["-t"])
        var registers: [String: String] = [:]
        for number in ["0", "4", "7", "16"] {
            try await tpm.run("tpm2_pcrread", ["\(bank):\(number)", "-o", "register"])
            registers[number] = Hexadecimal.text(try tpm.bytes("register"))
        }
        return [
            "attest": try tpm.bytes("attest"), "signature": try tpm.bytes("signature"),
            "ak_public": try tpm.bytes("ak.pub"),
            "pcrs": Array(try JSONSerialization.data(withJSONObject: [bank: registers])),
        ]
    }

    private func verify(_ parts: [String: [UInt8]], key: [UInt8]) throws -> Verifier.Outcome {
        let verifier = Verifier(alsoTrustingDeveloperRoots: [try TrustAnchor(developerKey: key)])
        return verifier.verify(try UnverifiedEvidence(kind: .developerVtpm, parts: EvidenceParts(parts)), at: Date())
    }

    @Test func `what tpm2-tools write is packed as it is, and tells for whom it was made`() async throws {
        let tpm = try await SoftwareTpm()
        try await makeKey(tpm)
        let nonce = (0..<20).map { UInt8($0) }
        var parts = try await quote(tpm, nonce: Hexadecimal.text(nonce))
        parts["pcrs"] = Array(try await tpm.run("tpm2_pcrread", ["sha256:0,4,7,16"]))
        let bundle = try EvidenceBundle(packing: parts, as: .developerVtpm)
        guard case .verified(let verified) = try verify(bundle.parts, key: try tpm.bytes("ak.pub")) else {
            Issue.record("refused")
            return
        }
        #expect(try verified.mismatches(nonce: nonce, reportData: nonce).isEmpty)
        let other = try verified.mismatches(nonce: nonce.reversed(), reportData: nonce + [1])
        #expect(other.map(\.id) == ["policy.report-data-mismatch", "policy.report-data-mismatch"])
        #expect(other.flatMap(\.fields) == ["nonce", "REPORT_DATA"])
    }

    @Test(arguments: endorsementKeys)
    func `activates a credential that was made for its attestation key`(
        handle: String,
        certificate: String,
        policy: Bool
    ) async throws {
        let tpm = try await SoftwareTpm()
        try await makeKey(tpm)
        guard case .verified(let key) = try await endorsementKey(tpm, handle, certificate: certificate) else {
            Issue.record("the endorsement key is refused")
            return
        }
        var generator = SystemRandomNumberGenerator()
        let challenge = try CredentialChallenge(for: try tpm.bytes("ak.pub"), endorsementKey: key, using: &generator)
        let secret = try await answer(challenge, tpm, handle, policy: policy)
        let activated = try challenge.activatedKey(returning: secret)
        let parts = try await quote(tpm, nonce: "00112233445566778899aabbccddeeff")
        let evidence = try UnverifiedEvidence(
            tpmQuote: try #require(parts["attest"]),
            signature: try #require(parts["signature"]),
            activatedKey: activated,
            registers: try TpmRegisters(json: try #require(parts["pcrs"]))
        )
        guard case .verified(let verified) = Verifier().verify(evidence, at: Date()) else {
            Issue.record("the quote is refused")
            return
        }
        #expect(verified.claims.machineIDs["ak-name"] == Hexadecimal.text(try tpm.bytes("ak.name")))
        #expect(Hexadecimal.text(verified.claims.reportData) == "00112233445566778899aabbccddeeff")
    }

    @Test func `does not take another credential for the one that was made`() async throws {
        let tpm = try await SoftwareTpm()
        try await makeKey(tpm)
        guard case .verified(let key) = try await endorsementKey(tpm) else {
            Issue.record("the endorsement key is refused")
            return
        }
        var generator = SystemRandomNumberGenerator()
        let area = try tpm.bytes("ak.pub")
        let first = try CredentialChallenge(for: area, endorsementKey: key, using: &generator)
        let second = try CredentialChallenge(for: area, endorsementKey: key, using: &generator)
        let secret = try await answer(first, tpm)
        for wrong in [secret.dropLast(), [], Array(secret.reversed())].map(Array.init) + [secret + [0]] {
            #expect(throws: AttestationError.self) { try first.activatedKey(returning: wrong) }
        }
        #expect(throws: AttestationError.self) { try second.activatedKey(returning: secret) }
        // The TPM refuses a credential that was made for another key's name.
        try await makeKey(tpm, "ecc256", "ecdsa")
        await #expect(throws: SoftwareTpm.Failure.self) { try await answer(first, tpm) }
    }

    @Test func `refuses an endorsement key that another manufacturer certified, or that is no such key`() async throws {
        let tpm = try await SoftwareTpm()
        try await makeKey(tpm)
        _ = try await endorsementKey(tpm)
        let certificates = [try tpm.bytes("ek.crt")] + (try await tpm.authorities())
        let area = try tpm.bytes("ek.pub")
        let other = EndorsementKey.verify(
            publicArea: area,
            certificates: certificates,
            roots: TrustAnchor.vendors,
            at: Date()
        )
        guard case .refused(let findings) = other else {
            Issue.record("verified under no root")
            return
        }
        #expect(findings.map(\.id).contains("certificate.root-unknown"))
        let root = try TrustAnchor(tpmAuthority: try #require(certificates.last), origin: "this test")
        let wrong = EndorsementKey.verify(
            publicArea: try tpm.bytes("ak.pub"),
            certificates: certificates,
            roots: [root],
            at: Date()
        )
        guard case .refused(let reasons) = wrong else {
            Issue.record("a signing key is taken for an endorsement key")
            return
        }
        #expect(Set(reasons.map(\.id)) == ["tpm.credential-key-unsupported", "tpm.key-of-another"])
    }

    @Test(arguments: schemes)
    func `quotes that it makes now are verified`(algorithm: String, scheme: String, hash: String) async throws {
        let tpm = try await SoftwareTpm()
        try await makeKey(tpm, algorithm, scheme, hash)
        try await tpm.run("tpm2_pcrextend", ["16:sha256=\(String(repeating: "ab", count: 32))"])
        let parts = try await quote(tpm, nonce: "0123456789abcdef0123456789abcdef", scheme: scheme, hash: hash)
        let key = try #require(parts["ak_public"])
        guard case .verified(let evidence) = try verify(parts, key: key) else {
            Issue.record("\(scheme) with \(hash): \(try verify(parts, key: key))")
            return
        }
        #expect(evidence.kind == .developerVtpm)
        let extended = SHA256.hash(data: [UInt8](repeating: 0, count: 32) + [UInt8](repeating: 0xAB, count: 32))
        #expect(evidence.claims.measurements["pcr16"] == Array(extended))
        #expect(evidence.claims.measurements["pcr0"] == [UInt8](repeating: 0, count: 32))
        // The key is a developer's root, not a vendor's.
        let evidenceAgain = try UnverifiedEvidence(kind: .developerVtpm, parts: EvidenceParts(parts))
        guard case .refused(let findings) = Verifier().verify(evidenceAgain, at: Date()) else {
            Issue.record("verified without the developer's root")
            return
        }
        #expect(findings.map(\.id) == ["tpm.key-untrusted"])
    }

    @Test func `refuses a key that signs what anyone gives it`() async throws {
        let tpm = try await SoftwareTpm()
        try await makeKey(tpm, attributes: "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign")
        let parts = try await quote(tpm, nonce: "0123456789abcdef0123456789abcdef")
        guard case .refused(let findings) = try verify(parts, key: try #require(parts["ak_public"])) else {
            Issue.record("a key that is not restricted is accepted")
            return
        }
        #expect(findings.map(\.id) == ["tpm.key-unsuitable"])
    }
}
