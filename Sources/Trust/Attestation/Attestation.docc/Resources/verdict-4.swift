import Attestation
import Foundation

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
