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

    private func judge(
        _ document: EvidenceDocument,
        by policy: AppraisalPolicy?,
        challenge: Challenge? = nil,
        tlsKey: [UInt8]? = nil
    ) -> PeerVerificationResult {
        PeerVerifier(policy: policy, developerRoots: [machine.root])
            .judge(
                document.json,
                challenge: challenge ?? self.challenge,
                tlsPublicKey: tlsKey ?? self.tlsKey,
                at: Date()
            )
    }

    private func ids(_ judgement: PeerVerificationResult) -> [String] {
        // A judgement without findings is a peer's, and no other is.
        #expect(judgement.findings.isEmpty || judgement.peer == nil)
        return judgement.findings.map(\.id)
    }

    @Test func `a TPM's quote carries the digest of the transcript, with a policy and without one`() throws {
        let honest = try machine.document(challenge, tlsKey: tlsKey)
        let judgement = judge(honest, by: machine.policy)
        #expect(ids(judgement) == [] && judgement.peer?.kind == .developerVtpm && judgement.isBound)
        let look = judge(honest, by: nil)
        #expect(ids(look) == [] && look.isBound && look.peer == nil)
    }

    @Test func `another challenge, TLS key, encryption key or manifest is refused, with a policy and without one`()
        throws
    {
        let honest = try machine.document(challenge, tlsKey: tlsKey)
        let package = try SamplePackage()
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
            let judgements = [
                judge(honest, by: policy, challenge: .random()), judge(honest, by: policy, tlsKey: [UInt8](1..<92)),
                judge(honest, by: policy, tlsKey: []), judge(otherKey, by: policy), judge(otherPackage, by: policy),
                judge(stripped, by: policy),
            ]
            for judgement in judgements {
                #expect(ids(judgement) == ["policy.report-data-mismatch"] && !judgement.isBound)
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
                #expect(ids(judge(document, by: policy)) == ["policy.report-data-mismatch"])
            }
        }
    }

    @Test func `a package counts where its signature is true and the machine measures to it`() throws {
        let package = try SamplePackage()
        let document = try machine.document(challenge, tlsKey: tlsKey, package.documents)
        var policy = machine.policy
        var rule = AppraisalPolicy.PackageRule()
        rule.signers = [Hexadecimal.text(package.key.publicKey.identity)]
        policy.package = rule
        policy.models = [SamplePackage.model]
        let judgement = judge(document, by: policy)
        #expect(ids(judgement) == [] && judgement.peer?.binding.package?.models == [SamplePackage.model])
        policy.models = [String(repeating: "4e", count: 32)]
        #expect(ids(judge(document, by: policy)) == ["policy.model-mismatch"])
    }

    @Test func `a manifest that is signed by nobody, changed, or another machine's is refused`() throws {
        let package = try SamplePackage()
        let manifest = try #require(package.documents.manifest)
        var changed = manifest
        changed[changed.count / 2] ^= 1
        let untrue = [
            PackageDocuments(manifest: manifest, signature: nil),
            PackageDocuments(manifest: changed, signature: package.documents.signature),
            PackageDocuments(manifest: manifest, signature: try SamplePackage(isDebug: true).documents.signature),
        ]
        for documents in untrue {
            let document = try machine.document(challenge, tlsKey: tlsKey, documents)
            #expect(ids(judge(document, by: machine.policy)) == ["connection.manifest-invalid"])
        }
        let other = try SamplePackage(register: String(repeating: "70", count: 32))
        let document = try machine.document(challenge, tlsKey: tlsKey, other.documents)
        let judgement = judge(document, by: machine.policy)
        #expect(ids(judgement) == ["connection.manifest-mismatch"])
        #expect(judgement.findings.first?.fields == ["pcr4"])
    }

    @Test func `a package signed by another key is another package, and none is none`() throws {
        let package = try SamplePackage()
        var policy = machine.policy
        var rule = AppraisalPolicy.PackageRule()
        rule.signers = [Hexadecimal.text(package.key.publicKey.identity)]
        policy.package = rule
        let other = try machine.document(challenge, tlsKey: tlsKey, SamplePackage().documents)
        #expect(ids(judge(other, by: policy)) == ["policy.package-signer-mismatch"])
        let none = try machine.document(challenge, tlsKey: tlsKey)
        #expect(ids(judge(none, by: policy)) == ["policy.package-unbound"])
    }

    @Test func `a policy that names models and not whose package is refused, as anyone can sign a manifest`() throws {
        let document = try machine.document(challenge, tlsKey: tlsKey, SamplePackage().documents)
        var policy = machine.policy
        policy.models = [SamplePackage.model]
        #expect(ids(judge(document, by: policy)) == ["connection.models-unvouched"])
        var rule = AppraisalPolicy.PackageRule()
        rule.productID = "0"
        policy.package = rule
        #expect(ids(judge(document, by: policy)) == ["connection.models-unvouched"])
    }

    @Test func `a debug package is refused unless the policy accepts one`() throws {
        let package = try SamplePackage(isDebug: true)
        let document = try machine.document(challenge, tlsKey: tlsKey, package.documents)
        #expect(ids(judge(document, by: machine.policy)) == ["policy.package-debug"])
        var policy = machine.policy
        var rule = AppraisalPolicy.PackageRule()
        rule.signers = [Hexadecimal.text(package.key.publicKey.identity)]
        policy.package = rule
        #expect(ids(judge(document, by: policy)) == ["policy.package-debug"])
        policy.package?.acceptsDebug = true
        #expect(ids(judge(document, by: policy)) == [])
    }

    @Test func `a document that names a key twice is none`() throws {
        let honest = try machine.document(challenge, tlsKey: tlsKey)
        let text = String(decoding: honest.json, as: UTF8.self)
        let verifier = PeerVerifier(policy: machine.policy, developerRoots: [machine.root])
        for key in ["version", "transcript", "evidence"] {
            let twice = text.replacing("{\"evidence\"", with: "{\"\(key)\":1,\"evidence\"", maxReplacements: 1)
            #expect(twice != text)
            let judgement = verifier.judge(
                Array(twice.utf8),
                challenge: challenge,
                tlsPublicKey: tlsKey,
                at: Date()
            )
            #expect(judgement.document == nil && ids(judgement) == ["connection.document-invalid"])
        }
    }

    @Test func `nobody is a peer whose root the policy or the verifier does not name`() throws {
        let document = try machine.document(challenge, tlsKey: tlsKey)
        let stranger = PeerVerifier(policy: machine.policy)
            .judge(document.json, challenge: challenge, tlsPublicKey: tlsKey, at: Date())
        #expect(stranger.verified == nil && !ids(stranger).isEmpty)
        var policy = machine.policy
        policy.platforms[.developerVtpm]?.roots = []
        #expect(ids(judge(document, by: policy)) == ["policy.root-not-named"])
        policy.platforms = [:]
        #expect(ids(judge(document, by: policy)) == ["policy.platform-not-named"])
    }
}
