import Attestation
import Foundation

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
