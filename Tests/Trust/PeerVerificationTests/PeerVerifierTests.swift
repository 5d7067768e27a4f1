import Attestation
import AttestedTransport
import Diagnostics
import EnclavePackage
import Foundation
import PackageManifest
import PeerVerification
import Testing

/// What makes the other end of a connection a peer, against a machine whose every word may be a lie but its quote.
@Suite struct PeerVerifierTests {
    private let machine = SampleMachine()
    private let challenge = Challenge.random()
    private let tlsKey = [UInt8](0..<91)

    private func verify(
        _ document: EvidenceDocument,
        by policy: AppraisalPolicy?,
        challenge: Challenge? = nil,
        tlsKey: [UInt8]? = nil
    ) -> PeerVerificationResult {
        PeerVerifier(policy: policy, developerRoots: [machine.root])
            .verify(
                document.json,
                challenge: challenge ?? self.challenge,
                tlsPublicKey: tlsKey ?? self.tlsKey,
                at: Date()
            )
    }

    private func ids(_ result: PeerVerificationResult) -> [String] {
        // A result without findings is a peer's, and no other is.
        #expect(result.findings.isEmpty || result.peer == nil)
        return result.findings.map(\.id)
    }

    @Test func `a TPM's quote carries the digest of the transcript, with a policy and without one`() throws {
        let honest = try machine.document(challenge, tlsKey: tlsKey)
        let result = verify(honest, by: machine.policy)
        #expect(ids(result) == [] && result.peer?.kind == .developerVtpm && result.isBound)
        let look = verify(honest, by: nil)
        #expect(ids(look) == [] && look.isBound && look.peer == nil)
    }

    @Test func `another challenge, TLS key, encryption key or manifest is refused, with a policy and without one`()
        async throws
    {
        let honest = try machine.document(challenge, tlsKey: tlsKey)
        let package = try await SamplePackage()
        let otherKey = EvidenceDocument(
            evidence: honest.evidence,
            hpkeKey: HpkeKeyConfiguration(publicKey: [UInt8](repeating: 8, count: 32)),
            package: .none
        )
        let otherPackage = EvidenceDocument(
            evidence: honest.evidence,
            hpkeKey: honest.hpkeKey,
            package: package.documents
        )
        let stripped = EvidenceDocument(
            evidence: try machine.document(challenge, tlsKey: tlsKey, package.documents).evidence,
            hpkeKey: honest.hpkeKey,
            package: .none
        )
        for policy in [machine.policy, nil] {
            let results = [
                verify(honest, by: policy, challenge: .random()), verify(honest, by: policy, tlsKey: [UInt8](1..<92)),
                verify(honest, by: policy, tlsKey: []), verify(otherKey, by: policy), verify(otherPackage, by: policy),
                verify(stripped, by: policy),
            ]
            for result in results {
                #expect(ids(result) == ["policy.report-data-mismatch"] && !result.isBound)
            }
        }
    }

    @Test func `nothing but the digest will do: not the transcript's start, not zeros, not nothing`() throws {
        let data = ReportData(
            challenge: challenge,
            tlsPublicKey: tlsKey,
            hpkePublicKey: machine.hpkeKey.publicKey,
            manifestDigest: []
        )
        for carried in [data.bytes, Array(data.bytes.prefix(32)), [UInt8](repeating: 0, count: 32), []] {
            let document = try machine.document(carrying: carried)
            for policy in [machine.policy, nil] {
                #expect(ids(verify(document, by: policy)) == ["policy.report-data-mismatch"])
            }
        }
    }

    @Test func `a package counts where its signature is true and the machine measures to it`() async throws {
        let package = try await SamplePackage()
        let document = try machine.document(challenge, tlsKey: tlsKey, package.documents)
        var policy = machine.policy
        var rule = AppraisalPolicy.PackageRule()
        rule.signers = [Hexadecimal.text(package.key.publicKey.identity)]
        policy.package = rule
        policy.models = [SamplePackage.model]
        let result = verify(document, by: policy)
        #expect(ids(result) == [] && result.peer?.binding.package?.models == [SamplePackage.model])
        policy.models = [String(repeating: "4e", count: 32)]
        #expect(ids(verify(document, by: policy)) == ["policy.model-mismatch"])
    }

    @Test func `a manifest that is signed by nobody, changed, or another machine's is refused`() async throws {
        let package = try await SamplePackage()
        let manifest = try #require(package.documents.manifest)
        var changed = manifest
        changed[changed.count / 2] ^= 1
        let untrue = [
            PackageDocuments(manifest: manifest, signature: nil),
            PackageDocuments(manifest: changed, signature: package.documents.signature),
            PackageDocuments(manifest: manifest, signature: try await SamplePackage(isDebug: true).documents.signature),
        ]
        for documents in untrue {
            let document = try machine.document(challenge, tlsKey: tlsKey, documents)
            #expect(ids(verify(document, by: machine.policy)) == ["connection.manifest-invalid"])
        }
        let other = try await SamplePackage(register: String(repeating: "70", count: 32))
        let document = try machine.document(challenge, tlsKey: tlsKey, other.documents)
        let result = verify(document, by: machine.policy)
        #expect(ids(result) == ["connection.manifest-mismatch"])
        #expect(result.findings.first?.fields == ["pcr4"])
    }

    @Test func `a package signed by another key is another package, and none is none`() async throws {
        let package = try await SamplePackage()
        var policy = machine.policy
        var rule = AppraisalPolicy.PackageRule()
        rule.signers = [Hexadecimal.text(package.key.publicKey.identity)]
        policy.package = rule
        let other = try machine.document(challenge, tlsKey: tlsKey, await SamplePackage().documents)
        #expect(ids(verify(other, by: policy)) == ["policy.package-signer-mismatch"])
        let none = try machine.document(challenge, tlsKey: tlsKey)
        #expect(ids(verify(none, by: policy)) == ["policy.package-unbound"])
    }

    @Test func `a policy that names models and not whose package is refused, as anyone can sign a manifest`()
        async throws
    {
        let document = try machine.document(challenge, tlsKey: tlsKey, await SamplePackage().documents)
        var policy = machine.policy
        policy.models = [SamplePackage.model]
        #expect(ids(verify(document, by: policy)) == ["connection.models-unvouched"])
        var rule = AppraisalPolicy.PackageRule()
        rule.productID = "0"
        policy.package = rule
        #expect(ids(verify(document, by: policy)) == ["connection.models-unvouched"])
    }

    @Test func `a debug package is refused unless the policy accepts one`() async throws {
        let package = try await SamplePackage(isDebug: true)
        let document = try machine.document(challenge, tlsKey: tlsKey, package.documents)
        #expect(ids(verify(document, by: machine.policy)) == ["policy.package-debug"])
        var policy = machine.policy
        var rule = AppraisalPolicy.PackageRule()
        rule.signers = [Hexadecimal.text(package.key.publicKey.identity)]
        policy.package = rule
        #expect(ids(verify(document, by: policy)) == ["policy.package-debug"])
        policy.package?.acceptsDebug = true
        #expect(ids(verify(document, by: policy)) == [])
    }

    @Test func `a document that names a key twice is none`() throws {
        let honest = try machine.document(challenge, tlsKey: tlsKey)
        let text = String(decoding: honest.json, as: UTF8.self)
        let verifier = PeerVerifier(policy: machine.policy, developerRoots: [machine.root])
        for key in ["version", "transcript", "evidence"] {
            let twice = text.replacing("{\"evidence\"", with: "{\"\(key)\":1,\"evidence\"", maxReplacements: 1)
            #expect(twice != text)
            let result = verifier.verify(
                Array(twice.utf8),
                challenge: challenge,
                tlsPublicKey: tlsKey,
                at: Date()
            )
            #expect(result.document == nil && ids(result) == ["connection.document-invalid"])
        }
    }

    @Test func `nobody is a peer whose root the policy or the verifier does not name`() throws {
        let document = try machine.document(challenge, tlsKey: tlsKey)
        let stranger = PeerVerifier(policy: machine.policy)
            .verify(document.json, challenge: challenge, tlsPublicKey: tlsKey, at: Date())
        #expect(stranger.verified == nil && !ids(stranger).isEmpty)
        var policy = machine.policy
        policy.platforms[.developerVtpm]?.roots = []
        #expect(ids(verify(document, by: policy)) == ["policy.root-not-named"])
        policy.platforms = [:]
        #expect(ids(verify(document, by: policy)) == ["policy.platform-not-named"])
    }
}
