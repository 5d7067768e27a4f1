import ArgumentParser
import Attestation
import Diagnostics
import Foundation
import MachineLaunch

/// `adyton policy diff`: which machines a change of the policy would refuse.
struct PolicyDiffCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say which evidence a new policy would newly refuse, or newly accept.",
        discussion: """
            Judges every bundle in a folder, whose names end in .json, by both policies.
            Rules about packages and models are judged by --package, as if every machine
            stated that one. Exits with 1 where evidence that the old policy accepts is
            refused by the new one.

            EXAMPLE
              adyton policy diff policy.json new-policy.json --evidence collected/
              adyton policy diff policy.json new-policy.json --evidence collected/ \\
                --package app.adyton
            """
    )

    @Argument(help: "The old policy.", completion: .file(extensions: ["json"]))
    var old: String

    @Argument(help: "The new policy.", completion: .file(extensions: ["json"]))
    var new: String

    @Option(help: ArgumentHelp("The folder with bundles.", valueName: "folder"), completion: .directory)
    var evidence: String

    @Option(help: ArgumentHelp("Judge as of this time instead of now.", valueName: "time"))
    var at: ClockArgument?

    @Option(
        help: ArgumentHelp("Judge as if every machine stated this package.", valueName: "package"),
        completion: .file(extensions: ["adyton"])
    )
    var package: String?

    @OptionGroup var trusting: TrustArguments
    @OptionGroup var endorsements: EndorsementArguments
    @OptionGroup var developer: DeveloperRootOptions
    @OptionGroup var table: MinimumTableOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
        try trusting.check(beside: package)
    }

    func run() async throws {
        let before = try AppraisalPolicy(announcing: old)
        let after = try AppraisalPolicy(announcing: new)
        let stated = try package.map { try trusting.examine($0) }
        let roots = try developer.roots()
        let comparison = try await compare(
            PolicyComparison(old: before, new: after, package: stated?.facts, at: at?.date ?? Date()),
            roots
        )
        let demands = after.remarks(at: at?.date ?? Date(), comparedWith: try table.versions())
            .filter { [.minimumOld, .lineWeak].contains($0.id) }
        let document = PolicyDiffReport(
            comparison,
            insecure: after.insecurityWarning ?? before.insecurityWarning,
            table: demands
        )
        try printResult(try json ? JSONReport.of(document) : document.text)
        guard document.newlyRefused.isEmpty else { throw ExitStatus.negativeAnswer }
    }

    /// Adds every bundle of the folder, in the order of their names.
    private func compare(_ comparison: PolicyComparison, _ roots: [TrustAnchor]) async throws -> PolicyComparison {
        let folder = URL(filePath: evidence)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
            throw CommandFailure(.noInput, "\(evidence) is no folder that can be read")
        }
        var comparison = comparison
        let source = try endorsements.source()
        for name in names.filter({ $0.hasSuffix(".json") }).sorted() {
            let outcome = try await EvidenceFile(folder.appending(path: name))
                .verified(at: at?.date ?? Date(), trusting: roots, completedBy: source)
            comparison.add(name, outcome)
        }
        return comparison
    }
}
