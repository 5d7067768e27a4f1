import Attestation
import Foundation

let bundle = try EvidenceBundle(reading: URL(filePath: "machine.json"))
let unverified = try bundle.evidence()
let now = Date()

switch Verifier().verify(unverified, at: now) {
case .refused(let findings):
    print("refused: \(findings)")
case .verified(let verified):
    print("verified, by the root \(verified.claims.root)")
}
