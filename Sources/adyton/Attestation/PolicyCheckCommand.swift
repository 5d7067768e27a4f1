import ArgumentParser
import Attestation
import Foundation

/// `adyton policy check`: what a policy says of evidence.
struct PolicyCheckCommand: ParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "check",
        abstract: "Verify evidence, and say whether a policy accepts it.",
        discussion: """
            Says nothing about freshness and about whom the evidence belongs to: that
            takes a connection. Exits with 1 where the evidence is refused, and names
            every reason.

            EXAMPLE
              adyton policy check policy.json --evidence machine.json
              adyton policy check policy.json --evidence old.json \\
                --at 2026-01-31T12:00:00Z
            """
    )

    private struct Document: Encodable {
        let accepted: Bool
        let insecure: String?
        let findings: [Finding]
    }

    @Argument(help: "The policy.", completion: .file(extensions: ["json"]))
    var policy: String

    @Option(
        help: ArgumentHelp("The evidence, a bundle.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var evidence: String

    @Option(help: ArgumentHelp("Judge as of this time instead of now.", valueName: "time"))
    var at: Clock?

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        let rules = try AttestationWork.policy(policy, for: "policy check")
        let now = at?.date ?? Date()
        let findings: [Finding] =
            switch AttestationWork.verify(URL(filePath: evidence), at: now) {
            case .refused(let findings): findings
            case .verified(let verified): rules.rehearse(verified, at: now)
            }
        let warning = AttestationWork.developerWarning(rules)
        if json {
            let document = Document(accepted: findings.isEmpty, insecure: warning, findings: findings)
            try printResult(AttestationWork.json(document))
        } else {
            let verdict = findings.isEmpty ? "accepted" : "refused"
            let lines = [warning.map { $0 + "\n" } ?? "", "\(evidence): \(verdict)\n", AttestationWork.text(findings)]
            try printResult(lines.joined())
        }
        guard findings.isEmpty else { throw ExitStatus.partialFailure }
    }
}
