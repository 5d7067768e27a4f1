import Attestation
import Foundation

/// The steps of the tutorial "From evidence to a verdict" that are statements, one function a step.
///
/// They are compiled and not run.
enum TutorialSteps {
    static func parse() throws {
        let bundle = try EvidenceBundle(reading: URL(filePath: "machine.json"))
        let unverified = try bundle.evidence()
        print("parsed: \(unverified.kind.rawValue)")
    }

    static func verify() throws {
        let bundle = try EvidenceBundle(reading: URL(filePath: "machine.json"))
        let unverified = try bundle.evidence()
        let now = Date()

        switch Verifier().verify(unverified, at: now) {
        case .refused(let findings):
            print("refused: \(findings)")
        case .verified(let verified):
            print("verified, by the root \(verified.claims.root)")
        }
    }

    static func lookAtClaims() throws {
        let bundle = try EvidenceBundle(reading: URL(filePath: "machine.json"))
        let unverified = try bundle.evidence()
        let now = Date()

        switch Verifier().verify(unverified, at: now) {
        case .refused(let findings):
            print("refused: \(findings)")
        case .verified(let verified):
            for (name, digest) in verified.claims.measurements {
                print(name, digest.map { String(format: "%02x", $0) }.joined())
            }
            for document in verified.claims.endorsements {
                print(document.name, "issued \(document.ageInDays(at: now)) days ago")
            }
        }
    }

    static func appraise() throws {
        let bundle = try EvidenceBundle(reading: URL(filePath: "machine.json"))
        let unverified = try bundle.evidence()
        let policy = try AppraisalPolicy(reading: URL(filePath: "policy.json"))
        let now = Date()

        switch Verifier().verify(unverified, at: now) {
        case .refused(let findings):
            print("refused: \(findings)")
        case .verified(let verified):
            for finding in policy.dryRun(verified, at: now) {
                print("refused: \(finding)")
            }
        }
    }
}

/// The step that joins all three.
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

/// The last step.
func explain(_ appraisal: Appraisal) {
    switch appraisal {
    case .accepted(let peer):
        print("accepted: \(peer.kind.rawValue)")
        for waiver in peer.waivers {
            print("overlooked until \(waiver.until): \(waiver.name)")
        }
    case .refused(let findings):
        for finding in findings {
            print(finding)
            print("  \(finding.explanation.whoMustAct.rawValue): \(finding.explanation.remedy)")
        }
    }
}
