import Attestation
import Crypto
import DeveloperTrust
import Diagnostics
import Foundation
import GuestInterface
import Machine
import TestSupport
import Testing
import TpmCommands

@testable import GuestInit

@Suite("Evidence of a TPM", .enabled(if: LaunchedTpm.isReady, LaunchedTpm.why), .serialized)
struct TpmAttesterTests {
    private let reportData = Array(SHA512.hash(data: Data("a transcript".utf8)))

    private func parts(_ attester: some Attester, _ reportData: [UInt8]) throws -> [String: [UInt8]] {
        Dictionary(uniqueKeysWithValues: try attester.evidence(reportData: reportData).map { ($0.name, $0.bytes) })
    }

    private func verified(_ parts: [String: [UInt8]], _ roots: [TrustAnchor]) throws -> VerifiedEvidence {
        let evidence = try UnverifiedEvidence(kind: .developerVtpm, parts: EvidenceParts(parts))
        switch Verifier(alsoTrustingDeveloperRoots: roots).verify(evidence, at: Date()) {
        case .verified(let verified): return verified
        case .refused(let findings): throw AttestationRefusal(findings: findings)
        }
    }

    private struct AttestationRefusal: Error {
        let findings: [Finding]
    }

    private func refusals(_ parts: [String: [UInt8]], _ roots: [TrustAnchor]) -> [String] {
        do {
            _ = try verified(parts, roots)
            return []
        } catch {
            return (error as? AttestationRefusal)?.findings.map(\.id) ?? ["\(error)"]
        }
    }

    private func attester(_ tpm: Tpm<LaunchedTpm.Channel>) throws -> TpmAttester<LaunchedTpm.Channel> {
        try TpmAttester(tpm: tpm, platform: "vtpm", eventLog: nil)
    }

    /// A policy with the current PCR values as reference values, and a root.
    private func policy(_ verified: VerifiedEvidence, root: String) -> AppraisalPolicy {
        var rule = AppraisalPolicy.PlatformRule()
        rule.measurements = verified.claims.measurements.mapValues { [Hexadecimal.text($0)] }
        rule.roots = [root]
        var policy = AppraisalPolicy()
        policy.platforms[.developerVtpm] = rule
        return policy
    }

    private func isAccepted(_ verified: VerifiedEvidence, _ policy: AppraisalPolicy, _ data: [UInt8]) throws -> [String]
    {
        switch policy.appraise(verified, binding: try Binding(reportData: data), at: Date()) {
        case .accepted: return []
        case .refused(let findings): return findings.map(\.id)
        }
    }

    @Test func `is complete, and accepted under the authority that the policy names`() throws {
        let authority = try DeveloperAuthority(now: Date())
        let tpm = try LaunchedTpm(certifiedBy: authority)
        let parts = try parts(try attester(tpm.powerOn()), reportData)
        #expect(
            Set(parts.keys) == ["attest", "signature", "pcrs", "ak_public", "ak_certificate", "ak_root"]
        )
        #expect(parts["ak_root"] == authority.certificate)
        let verified = try verified(parts, [authority.anchor()])
        #expect(verified.claims.root == authority.fingerprint)
        #expect(verified.claims.reservations.isEmpty)
        #expect(verified.claims.measurements.count == 12)
        let policy = policy(verified, root: authority.fingerprint)
        #expect(try isAccepted(verified, policy, reportData) == [])
    }

    @Test func `is refused without its root, under another's, and by a policy that names another`() throws {
        let (authority, other) = (try DeveloperAuthority(now: Date()), try DeveloperAuthority(now: Date()))
        let tpm = try LaunchedTpm(certifiedBy: authority)
        let parts = try parts(try attester(tpm.powerOn()), reportData)
        #expect(refusals(parts, []) == ["certificate.root-unknown"])
        #expect(refusals(parts, [try other.anchor()]) == ["certificate.root-unknown"])
        let verified = try verified(parts, [authority.anchor()])
        for root in [other.fingerprint, String(repeating: "0", count: 64)] {
            #expect(try isAccepted(verified, policy(verified, root: root), reportData) == ["policy.root-not-named"])
        }
        var unnamed = policy(verified, root: authority.fingerprint)
        unnamed.platforms[.developerVtpm]?.roots = []
        #expect(try isAccepted(verified, unnamed, reportData) == ["policy.root-not-named"])
    }

    @Test func `belongs to one transcript, and not to another or to its own digest`() throws {
        let authority = try DeveloperAuthority(now: Date())
        let tpm = try LaunchedTpm(certifiedBy: authority)
        let verified = try verified(try parts(try attester(tpm.powerOn()), reportData), [authority.anchor()])
        let policy = policy(verified, root: authority.fingerprint)
        var other = reportData
        other[63] ^= 1
        for wrong in [other, Array(reportData.prefix(63)), Array(reportData.prefix(32)), reportData + [0]] {
            #expect(try isAccepted(verified, policy, wrong) == ["policy.report-data-mismatch"])
        }
    }

    @Test func `with the certificate of another TPM's key, or a changed one, is refused`() throws {
        let authority = try DeveloperAuthority(now: Date())
        let (one, other) = (try LaunchedTpm(certifiedBy: authority), try LaunchedTpm(certifiedBy: authority))
        var mixed = try parts(try attester(one.powerOn()), reportData)
        mixed["ak_certificate"] = try parts(try attester(other.powerOn()), reportData)["ak_certificate"]
        #expect(refusals(mixed, [try authority.anchor()]) == ["tpm.key-of-another"])
        var changed = try parts(try attester(one.powerOn()), reportData)
        let last = try #require(changed["ak_certificate"]).count - 1
        changed["ak_certificate"]?[last] ^= 1
        #expect(refusals(changed, [try authority.anchor()]) == ["certificate.signature-invalid"])
    }

    @Test func `under the attestation key alone is verified, where that very key is the root`() throws {
        let authority = try DeveloperAuthority(now: Date())
        var parts = try parts(try attester(try LaunchedTpm(certifiedBy: authority).powerOn()), reportData)
        parts["ak_certificate"] = nil
        let key = try TrustAnchor(developerKey: try #require(parts["ak_public"]))
        #expect(try verified(parts, [key]).claims.root == key.fingerprint)
        #expect(refusals(parts, [try authority.anchor()]) == ["tpm.key-untrusted"])
    }

    @Test func `an authority's certificates satisfy openssl, and its validity bounds them`() async throws {
        let openssl = try #require(OutsideTool(named: "openssl"))
        let folder = try TemporaryFolder()
        let authority = try DeveloperAuthority(now: Date())
        let tpm = try LaunchedTpm(certifiedBy: authority)
        let certificate = try #require(try tpm.powerOn().read(index: TpmNVIndex.attestationCertificate))
        try Data(certificate).write(to: folder.url.appending(path: "ak.der"))
        try Data(authority.pem.utf8).write(to: folder.url.appending(path: "ca.pem"))
        let path = folder.url.path
        let text = try await openssl.run(["x509", "-inform", "DER", "-in", "\(path)/ak.der", "-out", "\(path)/ak.pem"])
        #expect(text.status == 0, "\(text.standardError)")
        let verdict = try await openssl.run(["verify", "-x509_strict", "-CAfile", "\(path)/ca.pem", "\(path)/ak.pem"])
        #expect(verdict.status == 0, "\(verdict.standardError)")
        let parsed = try Certificate(der: certificate, role: "leaf")
        #expect(try parsed.notAfter <= Certificate(der: authority.certificate, role: "root").notAfter)
    }

    @Test func `satisfies tpm2_checkquote, which refuses another nonce`() async throws {
        let check = try #require(OutsideTool(named: "tpm2_checkquote"))
        let openssl = try #require(OutsideTool(named: "openssl"))
        let folder = try TemporaryFolder()
        let authority = try DeveloperAuthority(now: Date())
        let tpm = try LaunchedTpm(certifiedBy: authority)
        let parts = try parts(try attester(tpm.powerOn()), reportData)
        func path(_ name: String) -> String { folder.url.appending(path: name).path }
        for name in ["attest", "signature", "ak_certificate"] {
            try Data(try #require(parts[name])).write(to: URL(filePath: path(name)))
        }
        let key = try await openssl.run(["x509", "-inform", "DER", "-in", path("ak_certificate"), "-noout", "-pubkey"])
        try key.standardOutput.write(to: URL(filePath: path("ak.pem")))
        let carried = Hexadecimal.text(SHA256.hash(data: reportData))
        for (nonce, isRight) in [(carried, true), (String(carried.reversed()), false)] {
            let output = try await check.run(
                ["-u", path("ak.pem"), "-m", path("attest"), "-s", path("signature"), "-q", nonce, "-g", "sha256"]
            )
            #expect((output.status == 0) == isRight, "\(output.standardError)")
        }
    }

    @Test func `a sealing key outlasts the power, and depends on its label and on every measured register`() throws {
        let tpm = try LaunchedTpm()
        func key(_ attester: some Attester, _ label: String = "disk") throws -> [UInt8] {
            try attester.sealingKey(label: label, binding: .package)
        }
        // The connection ends when it is released, and the TPM then accepts another one.
        func first() throws -> (disk: [UInt8], other: [UInt8]) {
            let first = try tpm.powerOn()
            defer { try? first.shutDown() }
            let attester = try attester(first)
            return (try key(attester), try key(attester, "other"))
        }
        let (disk, other) = try first()
        #expect(disk.count == 32 && disk != other && Set(disk).count > 8)
        try tpm.powerOff()
        let second = try tpm.powerOn()
        let again = try attester(second)
        #expect(try key(again) == disk)
        for register in [0, 4, 9, 11, 12] {
            // TPM2_PCR_Extend, as a system that measures something else would run it.
            _ = try second.run(
                .registerExtend,
                [UInt32(register)],
                sessions: [.password],
                parameters: [0, 0, 0, 1, 0, 0x0B] + [UInt8](repeating: 1, count: 32)
            )
            #expect(try key(again) != disk)
        }
        #expect(try key(try attester(try LaunchedTpm().powerOn())) != disk)
    }

    @Test func `a key by signer is refused, for no register tells who signed`() throws {
        let attester = try attester(try LaunchedTpm().powerOn())
        #expect(throws: BrokerFailure.sealingUnsupported) {
            try attester.sealingKey(label: "disk", binding: .signer)
        }
        #expect(
            attester.answer(.sealingKey(label: "disk", binding: .signer)) == .failure(.sealingUnsupported)
        )
    }

    @Test func `a credential for its keys is opened, and one for another TPM's is refused`() throws {
        let (tpm, other) = (try LaunchedTpm().powerOn(), try LaunchedTpm().powerOn())
        let attester = try attester(tpm)
        var generator = SystemRandomNumberGenerator()
        for (maker, isRight) in [(tpm, true), (other, false)] {
            let endorsementKey = try maker.createPrimary(.endorsementKey, in: .endorsement)
            let attestationKey = try maker.createPrimary(.attestationKey, in: .endorsement)
            // The TPM has room for only three loaded keys.
            maker.flush(endorsementKey.handle)
            maker.flush(attestationKey.handle)
            let challenge = try CredentialChallenge(
                for: attestationKey.publicArea,
                endorsementKey: EndorsementKey(ofOwnTpm: endorsementKey.publicArea),
                using: &generator
            )
            let answer = attester.answer(
                .activateCredential(blob: challenge.credentialBlob, secret: challenge.encryptedSecret)
            )
            guard isRight else {
                #expect(answer == .failure(.credentialRefused))
                continue
            }
            guard case .secret(let secret) = answer else {
                Issue.record("\(answer)")
                continue
            }
            _ = try challenge.activatedKey(returning: secret)
        }
        #expect(attester.answer(.activateCredential(blob: [1], secret: [])) == .failure(.credentialRefused))
        // No key or session stays loaded: the TPM has room for only three keys.
        for _ in 0..<8 { _ = try attester.evidence(reportData: reportData) }
    }

    @Test func `a channel that breaks or answers with less is a failure, and no crash`() throws {
        struct Broken: TpmChannel {
            let answer: [UInt8]
            func exchange(_ command: [UInt8]) throws(TpmFailure) -> [UInt8] {
                if answer.isEmpty { throw .channel(5) }
                return answer
            }
        }
        let right: [UInt8] = [0x80, 0x01, 0, 0, 0, 20, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0]
        for length in right.indices {
            let tpm = Tpm(channel: Broken(answer: Array(right[..<length])))
            #expect(throws: TpmFailure.self) { try tpm.read([0]) }
            #expect(throws: TpmFailure.self) { try tpm.createPrimary(.attestationKey, in: .owner) }
        }
    }
}
