import Attestation
import Foundation

/// What reports about evidence have in common, as text.
enum AttestationText {
    /// The ages of what a verdict rests on, the oldest first.
    static func of(_ endorsements: [Endorsement], at now: Date) -> String {
        endorsements.sorted { $0.issued < $1.issued }.map { endorsement in
            let end = endorsement.expires.map { ", until \($0.plain)" } ?? ""
            return "  \(endorsement.name): \(endorsement.ageInDays(at: now)) days old\(end)\n"
        }.joined()
    }

    /// Findings for a person: what is wrong, then who must act and how.
    static func of(_ findings: [Finding]) -> String {
        findings.map { finding in
            """
              \(finding)
                \(finding.explanation.meaning)
                \(finding.explanation.whoMustAct.rawValue): \(finding.explanation.remedy)

            """
        }.joined()
    }
}

/// One document that a verdict rests on, in a command's JSON.
struct EndorsementEntry: Encodable {
    let name: String
    let sort: String
    let issued: String
    let expires: String?
    let ageInDays: Int

    init(_ endorsement: Endorsement, at now: Date) {
        name = endorsement.name
        sort = endorsement.kind.rawValue
        issued = endorsement.issued.plain
        expires = endorsement.expires?.plain
        ageInDays = endorsement.ageInDays(at: now)
    }
}
