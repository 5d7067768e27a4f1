import ArgumentParser
import Attestation
import Diagnostics
import Foundation

/// `adyton policy migrate`: writes an older policy in the present format.
struct PolicyMigrateCommand: ParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Write a policy of an older version in the present one.",
        discussion: """
            The policy keeps its meaning. Standard error names what it leaves open, and what
            is refused for that, as adyton policy lint does.

            EXAMPLE
              adyton policy migrate policy.json -o policy-2.json
            """
    )

    @Argument(help: "The policy.", completion: .file(extensions: ["json"]))
    var policy: String

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Write to this new file instead of standard output.", valueName: "file")
    )
    var output: String?

    @OptionGroup var overwrite: OverwriteArguments

    func run() throws {
        let rules = try AppraisalPolicy(announcing: policy)
        for remark in rules.remarks(at: Date()) {
            Message.print("\(remark.path): \(remark.advice) (\(remark.id.rawValue))")
        }
        guard let output else { return try printResult(String(decoding: rules.json, as: UTF8.self)) }
        try ResultFile.write(rules.json, to: output, replacing: overwrite.force)
    }
}
