import Attestation
import Foundation

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
