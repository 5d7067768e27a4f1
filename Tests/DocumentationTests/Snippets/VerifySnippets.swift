import Attestation
import Foundation

/// What `Docs/how-to/verify-evidence.md` and the articles of `Attestation` show.
enum VerifySnippets {
    struct Report {
        let report: [UInt8]
        let certificates: SnpEndorsements

        /// The three steps for an SNP report that came on a connection.
        func appraise(by policyFile: URL, transcriptDigest: [UInt8], now: Date) throws -> Appraisal {
            let policy = try AppraisalPolicy(reading: policyFile)
            // Parsed, and written by anyone.
            let unverified = try UnverifiedEvidence.snp(report: report, endorsements: certificates)
            // Signatures, chain, revocation and dates.
            switch Verifier().verify(unverified, at: now) {
            case .refused(let findings):
                return .refused(findings)
            case .verified(let verified):
                // This connection and this challenge.
                let binding = try Binding(reportData: transcriptDigest)
                return policy.appraise(verified, binding: binding, at: now)
            }
        }
    }

    static func explain(_ findings: [Finding]) {
        for finding in findings {
            print(finding.id, finding.expected ?? "-", finding.found ?? "-")
            print(finding.explanation.whoMustAct.rawValue, finding.explanation.remedy)
        }
    }

    static func catalogue() {
        for check in CheckCatalogue.shared.entries where check.isReservation {
            print(check.id, check.explanation.meaning)
        }
    }

    static func policy() throws {
        var rule = AppraisalPolicy.PlatformRule()
        rule.measurements = ["measurement": [String(repeating: "f9", count: 48)]]
        rule.minimumTCB = ["Turin": ["bootloader": 1, "snp": 2, "microcode": 71]]
        rule.maximumAgeInDays = [.revocationList: 30]
        var policy = AppraisalPolicy()
        policy.name = "classifier in production"
        policy.platforms = [.snp: rule]
        try policy.json.write(to: URL(filePath: "policy.json"))
    }

    static func lint(_ policy: AppraisalPolicy) {
        for warning in policy.remarks(at: Date()) {
            print(warning.path, warning.advice)
        }
    }

    static func complete(_ bundle: EvidenceBundle, from service: any EndorsementSource) async throws -> EvidenceBundle {
        let cache = EndorsementCache(folder: URL(filePath: "endorsements"), upstream: service)
        let complete = try await bundle.completed(from: cache)
        return complete
    }

    struct Challenger {
        var challenges = OutstandingChallenges(lifetimeInSeconds: 60)

        mutating func challenge() -> [UInt8] {
            var generator = SystemRandomNumberGenerator()
            let random = (0..<OutstandingChallenges.challengeSize).map { _ in
                UInt8.random(in: .min ... .max, using: &generator)
            }
            return challenges.issue(random: random, at: Date())
        }

        mutating func accepts(_ challenge: [UInt8]) -> Bool {
            challenges.redeem(challenge, at: Date())
        }
    }
}
