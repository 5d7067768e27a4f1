import Attestation
import Foundation

let bundle = try EvidenceBundle(reading: URL(filePath: "machine.json"))
let unverified = try bundle.evidence()
print("parsed: \(unverified.kind.rawValue)")
