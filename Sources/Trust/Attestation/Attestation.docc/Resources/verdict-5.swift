import Attestation
import Foundation

func verdict(
    _ bundle: EvidenceBundle,
    policy: AppraisalPolicy,
    transcriptDigest: [UInt8],
    now: Date
) throws -> Appraisal {
    let unverified = try bundle.evidence()
    switch Verifier().verify(unverified, at: now) {
    case .refused(let findings):
        return .refused(findings)
    case .verified(let verified):
        let binding = try Binding(reportData: transcriptDigest)
        return policy.appraise(verified, binding: binding, at: now)
    }
}
