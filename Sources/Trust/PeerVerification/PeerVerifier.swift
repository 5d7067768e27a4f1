package import Attestation
package import AttestedTransport
package import Diagnostics
package import Foundation
import PackageManifest

/// Says whether the answer to a challenge makes the other end of a connection a peer.
///
/// It keeps nothing: that a challenge is answered once only is the caller's to watch.
package struct PeerVerifier: Sendable {
    private let verifier: Verifier
    private let policy: AppraisalPolicy?

    /// Makes a verifier of peers.
    ///
    /// - Parameters:
    ///   - policy: Which machines are good enough; nil to look at one, which makes no peer of it.
    ///   - developerRoots: A developer's roots, beside those of the vendors.
    package init(policy: AppraisalPolicy?, developerRoots: [TrustAnchor] = []) {
        self.policy = policy
        verifier =
            developerRoots.isEmpty ? Verifier() : Verifier(alsoTrustingDeveloperRoots: developerRoots)
    }

    /// Verifies an answer: its form, every signature, what it is bound to, the package, and the policy.
    ///
    /// - Parameters:
    ///   - json: The answer.
    ///   - challenge: What it must answer.
    ///   - tlsPublicKey: The key that the other end has shown in its handshake: SubjectPublicKeyInfo in DER.
    ///   - now: The time at which everything must be valid.
    /// - Returns: What was found out, up to the first step that failed.
    package func verify(
        _ json: [UInt8],
        challenge: Challenge,
        tlsPublicKey: [UInt8],
        at now: Date
    ) -> PeerVerificationResult {
        var result = PeerVerificationResult()
        guard let document = read(json, &result) else { return result }
        conclude(document, document.evidence, challenge, tlsPublicKey, at: now, &result)
        return result
    }

    /// Verifies an answer with the client's own endorsements, which win over those that the host sent.
    ///
    /// - Parameters:
    ///   - json: The answer.
    ///   - challenge: What it must answer.
    ///   - tlsPublicKey: The key that the other end has shown in its handshake: SubjectPublicKeyInfo in DER.
    ///   - now: The time at which everything must be valid.
    ///   - cache: The client's endorsements.
    ///   - deadline: By when to be content with the endorsements at hand.
    /// - Returns: What was found out, up to the first step that failed.
    package func verify(
        _ json: [UInt8],
        challenge: Challenge,
        tlsPublicKey: [UInt8],
        at now: Date,
        endorsedBy cache: EndorsementCache,
        until deadline: Deadline
    ) async -> PeerVerificationResult {
        var result = PeerVerificationResult()
        guard let document = read(json, &result) else { return result }
        let endorsed = await document.evidence.endorsed(by: cache, until: deadline)
        result.endorsements = endorsed.use
        switch endorsed.bundle {
        case .success(let bundle): conclude(document, bundle, challenge, tlsPublicKey, at: now, &result)
        case .failure(let error): result.findings.append(error.finding)
        }
        return result
    }

    /// Why nobody may connect by the policy now; empty where a client may, and without a policy.
    ///
    /// - Parameter now: The current time.
    /// - Returns: The findings, `connection.tolerance-ended`.
    package func obstacles(at now: Date) -> [Finding] { policy?.connectionObstacles(at: now) ?? [] }

    private func read(_ json: [UInt8], _ result: inout PeerVerificationResult) -> EvidenceDocument? {
        do throws(TransportError) {
            result.document = try EvidenceDocument(json: json)
        } catch {
            result.refuse(.documentInvalid, subject: error.subject, expected: error.expected, found: error.found)
        }
        return result.document
    }

    private func conclude(
        _ document: EvidenceDocument,
        _ bundle: EvidenceBundle,
        _ challenge: Challenge,
        _ tlsPublicKey: [UInt8],
        at now: Date,
        _ result: inout PeerVerificationResult
    ) {
        guard let verified = verifyEvidence(bundle, at: now, &result) else { return }
        result.verified = verified
        result.reportData = document.reportData(challenge: challenge, tlsPublicKey: tlsPublicKey)
        checkPackage(document.package, verified, &result)
        do throws(AttestationError) {
            let binding = try Binding(reportData: result.reportData?.bytes ?? [], package: result.facts)
            result.isBound = binding.covers(verified.claims.reportData, of: verified.kind)
            if let policy {
                appraise(verified, boundTo: binding, by: policy, at: now, &result)
            } else {
                refuseUnbound(verified, binding, &result)
            }
        } catch {
            result.findings.append(error.finding)
        }
    }

    private func verifyEvidence(
        _ bundle: EvidenceBundle,
        at now: Date,
        _ result: inout PeerVerificationResult
    ) -> VerifiedEvidence? {
        do throws(AttestationError) {
            switch verifier.verify(try bundle.evidence(), at: now) {
            case .verified(let verified): return verified
            case .refused(let findings): result.findings += findings
            }
        } catch {
            result.findings.append(error.finding)
        }
        return nil
    }

    /// Without a policy, this is the only check that refuses evidence of another connection.
    private func refuseUnbound(
        _ verified: VerifiedEvidence,
        _ binding: Binding,
        _ result: inout PeerVerificationResult
    ) {
        guard !result.isBound else { return }
        result.findings.append(
            Finding(
                PolicyCheck.reportDataMismatch,
                subject: verified.kind.rawValue,
                fields: ["REPORT_DATA"],
                expected: Hexadecimal.text(binding.carried(by: verified.kind)),
                found: Hexadecimal.text(verified.claims.reportData)
            )
        )
    }

    /// A package counts where its signature is true and the machine measures to it; the host alone hands it in.
    private func checkPackage(
        _ documents: PackageDocuments,
        _ verified: VerifiedEvidence,
        _ result: inout PeerVerificationResult
    ) {
        guard let manifest = documents.manifest else { return }
        let package: ClaimedPackage
        do throws(PackageError) {
            package = try ClaimedPackage(manifest: manifest, signature: documents.signature ?? [])
        } catch {
            result.refuse(.manifestInvalid, subject: error.subject, expected: error.expected, found: error.found)
            return
        }
        result.packageName = package.manifest.name
        guard let differences = package.referenceValues.differences(from: verified) else { return }
        result.findings += differences
        result.facts = package.facts
    }

    private func appraise(
        _ verified: VerifiedEvidence,
        boundTo binding: Binding,
        by policy: AppraisalPolicy,
        at now: Date,
        _ result: inout PeerVerificationResult
    ) {
        let isAnyUnnamed = policy.packages.contains { $0.digests.isEmpty && $0.signers.isEmpty }
        let namesModel = !policy.models.isEmpty || policy.packages.contains { !$0.models.isEmpty }
        if namesModel, isAnyUnnamed || policy.packages.isEmpty {
            result.refuse(.modelsUnvouched, subject: policy.name ?? "policy")
        }
        switch policy.appraise(verified, binding: binding, at: now) {
        case .refused(let findings): result.findings += findings
        case .accepted(let peer): result.acceptable = peer
        }
    }
}

/// What was found out about the other end of a connection.
package struct PeerVerificationResult: Sendable {
    /// The answer; nil where it is none.
    package fileprivate(set) var document: EvidenceDocument?
    /// The evidence; nil where it is not authentic.
    package fileprivate(set) var verified: VerifiedEvidence?
    /// What the evidence had to carry.
    package fileprivate(set) var reportData: ReportData?
    /// Whether it carries that, in the form that its kind has for it.
    package fileprivate(set) var isBound = false
    /// The name of the package that the machine states; nil for none.
    package fileprivate(set) var packageName: String?
    /// What the package says; nil for none, and where nothing proves that the machine runs it.
    package fileprivate(set) var facts: Binding.PackageFacts?
    /// The client's own endorsements that were used, and which it lacked; nil where it used what the host sent alone.
    package fileprivate(set) var endorsements: EndorsementUse?
    /// Every reason to refuse the other end.
    package fileprivate(set) var findings: [Finding] = []

    fileprivate var acceptable: Peer?

    /// The peer; nil without a policy, and where there is any finding.
    package var peer: Peer? { findings.isEmpty ? acceptable : nil }

    fileprivate mutating func refuse(
        _ check: ConnectionCheck,
        subject: String,
        fields: [String] = [],
        expected: String? = nil,
        found: String? = nil
    ) {
        findings.append(Finding(check, subject: subject, fields: fields, expected: expected, found: found))
    }
}
