import ArgumentParser
import Attestation
import Foundation

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

    private struct Document: Encodable {
        struct Change: Encodable {
            let evidence: String
            let findings: [Finding]
        }
        let insecure: String?
        let newlyRefused: [Change]
        let newlyAccepted: [String]
        let unchanged: Int
        let unverified: [Change]
    }

    @Argument(help: "The old policy.", completion: .file(extensions: ["json"]))
    var old: String

    @Argument(help: "The new policy.", completion: .file(extensions: ["json"]))
    var new: String

    @Option(help: ArgumentHelp("The folder with bundles.", valueName: "folder"), completion: .directory)
    var evidence: String

    @Option(help: ArgumentHelp("Judge as of this time instead of now.", valueName: "time"))
    var at: Clock?

    @Option(
        help: ArgumentHelp("Judge as if every machine stated this package.", valueName: "package"),
        completion: .file(extensions: ["adyton"])
    )
    var package: String?

    @OptionGroup var trusting: TrustArguments
    @OptionGroup var endorsements: EndorsementArguments
    @OptionGroup var developer: DeveloperRootOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
        try trusting.check(beside: package)
    }

    func run() async throws {
        let before = try AttestationWork.policy(old, for: "policy diff")
        let after = try AttestationWork.policy(new, for: "policy diff")
        let stated = try package.map {
            try AttestationWork.package($0, trusting: trusting, for: "policy diff")
        }
        let roots = try developer.roots(for: "policy diff")
        let document = try await compare(before, after, stated?.facts, roots, at: at?.date ?? Date())
        try printResult(try json ? AttestationWork.json(document) : text(document))
        guard document.newlyRefused.isEmpty else { throw ExitStatus.partialFailure }
    }

    private func compare(
        _ before: AppraisalPolicy,
        _ after: AppraisalPolicy,
        _ package: Binding.PackageFacts?,
        _ roots: [TrustAnchor],
        at now: Date
    ) async throws -> Document {
        let folder = URL(filePath: evidence)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
            printError("adyton policy diff: \(evidence) is no folder that can be read")
            throw ExitStatus.noInput
        }
        var refused: [Document.Change] = []
        var accepted: [String] = []
        var unverified: [Document.Change] = []
        var unchanged = 0
        let source = endorsements.source
        for name in names.filter({ $0.hasSuffix(".json") }).sorted() {
            let bundle = folder.appending(path: name)
            let outcome = try await AttestationWork.verify(
                bundle,
                at: now,
                trusting: roots,
                completedBy: source,
                for: "policy diff"
            )
            switch outcome {
            case .refused(let findings): unverified.append(Document.Change(evidence: name, findings: findings))
            case .verified(let verified):
                let findings = after.rehearse(verified, package: package, at: now)
                switch (before.rehearse(verified, package: package, at: now).isEmpty, findings.isEmpty) {
                case (true, false): refused.append(Document.Change(evidence: name, findings: findings))
                case (false, true): accepted.append(name)
                default: unchanged += 1
                }
            }
        }
        return Document(
            insecure: AttestationWork.warning(about: after) ?? AttestationWork.warning(about: before),
            newlyRefused: refused,
            newlyAccepted: accepted,
            unchanged: unchanged,
            unverified: unverified
        )
    }

    private func text(_ document: Document) -> String {
        var text = document.insecure.map { $0 + "\n" } ?? ""
        for change in document.newlyRefused {
            text += "newly refused: \(change.evidence)\n" + AttestationWork.text(change.findings)
        }
        for name in document.newlyAccepted { text += "newly accepted: \(name)\n" }
        for change in document.unverified {
            text += "refused whatever the policy: \(change.evidence)\n" + AttestationWork.text(change.findings)
        }
        return text + "\(document.newlyRefused.count) newly refused, \(document.newlyAccepted.count) newly accepted, "
            + "\(document.unchanged) unchanged, \(document.unverified.count) not verified\n"
    }
}
