import ArgumentParser
import Attestation
import Diagnostics
import Foundation

/// `adyton policy lint`: what in a policy deserves a second look.
struct PolicyLintCommand: ParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "lint",
        abstract: "Look at a policy as a careful colleague would.",
        discussion: """
            Exits with 65 where the file is no policy, and with 1 where something
            deserves a second look.

            EXAMPLE
              adyton policy lint policy.json
            """
    )

    private struct Document: Encodable {
        let insecure: String?
        let remarks: [PolicyLintWarning]
    }

    @Argument(help: "The policy.", completion: .file(extensions: ["json"]))
    var policy: String

    @Option(help: ArgumentHelp("Judge as of this time instead of now.", valueName: "time"))
    var at: ClockArgument?

    @OptionGroup var table: MinimumTableOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        let rules = try AppraisalPolicy(announcing: policy)
        let remarks = rules.remarks(at: at?.date ?? Date(), comparedWith: try table.versions())
        if json {
            let document = Document(insecure: rules.insecurityWarning, remarks: remarks)
            try printResult(JSONReport.of(document))
        } else {
            let lines = remarks.map { "\($0.path): \($0.advice) (\($0.id.rawValue))\n" }
            try printResult(remarks.isEmpty ? "\(policy): nothing to remark\n" : lines.joined())
        }
        guard remarks.isEmpty else { throw ExitStatus.negativeAnswer }
    }
}
