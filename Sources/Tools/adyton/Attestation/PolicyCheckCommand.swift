import ArgumentParser
import Attestation
import Diagnostics
import Foundation
import MachineLaunch

/// `adyton policy check`: what a policy says of evidence.
struct PolicyCheckCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "check",
        abstract: "Verify evidence, and say whether a policy accepts it.",
        discussion: """
            Says nothing about freshness and about whom the evidence belongs to: that
            takes a connection, or --nonce or --report-data. Rules about packages and
            models are judged by --package, as if the machine stated that one. Exits
            with 1 where the evidence is refused, and names every reason; with 69 where
            a vendor does not answer.

            EXAMPLE
              adyton policy check policy.json --evidence machine.json
              adyton policy check policy.json --evidence machine.json \\
                --package app.adyton --fetch
              adyton policy check policy.json --evidence old.json --at 2026-01-31T12:00:00Z
              adyton policy check policy.json --evidence vtpm.json \\
                --trust-insecure-developer-root root.pem
            """
    )

    private struct Document: Encodable {
        let accepted: Bool
        let insecure: String?
        let packageJudged: Bool
        let findings: [Finding]
        let notJudged: [String]
        let endorsements: [EndorsementEntry]
        let stated: PolicyStatement?
    }

    @Argument(help: "The policy.", completion: .file(extensions: ["json"]))
    var policy: String

    @Option(
        help: ArgumentHelp("The evidence: a bundle, or what verify --save wrote.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var evidence: String

    @Option(help: ArgumentHelp("Judge as of this time instead of now.", valueName: "time"))
    var at: ClockArgument?

    @Option(
        help: ArgumentHelp("Judge as if the machine stated this package.", valueName: "package"),
        completion: .file(extensions: ["adyton"])
    )
    var package: String?

    @OptionGroup var trusting: TrustArguments
    @OptionGroup var binding: BindingArguments
    @OptionGroup var endorsements: EndorsementArguments
    @OptionGroup var authorities: TpmAuthorityArguments
    @OptionGroup var developer: DeveloperRootOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
        try trusting.check(beside: package)
    }

    func run() async throws {
        let rules = try AppraisalPolicy(announcing: policy)
        let now = at?.date ?? Date()
        let stated = try package.map { try trusting.examine($0) }
        let outcome = try await EvidenceFile(URL(filePath: evidence))
            .verified(
                at: now,
                trusting: try developer.roots() + authorities.roots(),
                completedBy: endorsements.source()
            )
        let findings: [Finding]
        var (ages, unjudged): ([Endorsement], [String]) = ([], [])
        var values: PolicyStatement?
        switch outcome {
        case .refused(let reasons): findings = reasons
        case .verified(let verified):
            findings =
                try rules.dryRun(verified, package: stated?.facts, at: now) + binding.mismatches(verified)
            ages = verified.claims.endorsements
            unjudged = verified.unjudged(by: rules, package: stated?.facts)
            values = PolicyStatement(verified)
        }
        try report(findings, unjudged, ages, values, rules, isPackageJudged: stated != nil, at: now)
        guard findings.isEmpty else { throw ExitStatus.negativeAnswer }
    }

    private func report(
        _ findings: [Finding],
        _ unjudged: [String],
        _ ages: [Endorsement],
        _ values: PolicyStatement?,
        _ rules: AppraisalPolicy,
        isPackageJudged: Bool,
        at now: Date
    ) throws {
        let warning = rules.insecurityWarning
        if json {
            let document = Document(
                accepted: findings.isEmpty,
                insecure: warning,
                packageJudged: isPackageJudged,
                findings: findings,
                notJudged: unjudged,
                endorsements: ages.map { EndorsementEntry($0, at: now) },
                stated: values
            )
            return try printResult(JSONReport.of(document))
        }
        let verdict = findings.isEmpty ? "accepted" : "refused"
        var text = warning.map { $0 + "\n" } ?? ""
        text += "\(evidence): \(verdict)\n" + AttestationText.of(findings)
        if !isPackageJudged, !rules.packages.isEmpty || !rules.models.isEmpty {
            text += "The policy's rules about packages and models were not looked at: give --package.\n"
        }
        if !unjudged.isEmpty { text += "Not judged: \(unjudged.joined(separator: "; ")).\n" }
        if !ages.isEmpty { text += "It rests on:\n" + AttestationText.of(ages, at: now) }
        if let values { text += "In a policy's words, the evidence states:\n\(values.text)" }
        try printResult(text)
    }
}
