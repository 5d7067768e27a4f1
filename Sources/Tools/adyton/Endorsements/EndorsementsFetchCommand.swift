import ArgumentParser
import Attestation
import AttestedTransport
import Diagnostics
import Foundation

/// `adyton endorsements fetch`: brings what vendors publish about machines.
struct EndorsementsFetchCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Fetch what AMD or Intel publishes about machines, by their evidence.",
        discussion: """
            Takes bundles of evidence, or what verify --save wrote. Fetches what is
            missing or old, and prints what there is now. Exits with 69 where a
            vendor does not answer, and nothing of it was kept before.

            EXAMPLE
              adyton verify https://flags.example.org --save machine.json
              adyton endorsements fetch machine.json
            """
    )

    @Argument(help: "Files with evidence.", completion: .file(extensions: ["json"]))
    var evidence: [String]

    @OptionGroup var store: EndorsementStoreArguments

    @Option(help: "How many seconds each file may take.")
    var timeout = 120.0

    func validate() throws {
        guard (0.001...86_400).contains(timeout) else {
            throw ValidationError("--timeout takes seconds up to 86400.")
        }
    }

    func run() async throws {
        let cache = try store.source(isOffline: false)
        var isComplete = true
        var lines: [String] = []
        for path in evidence {
            let bundle = try EvidenceFile(URL(filePath: path)).bundle()
            let endorsed = await bundle.endorsed(by: cache, until: Deadline(in: .seconds(timeout)))
            lines += endorsed.use.own.map { "\($0.name), fetched at \($0.fetched.plain)" }
            for missing in endorsed.use.missing {
                Message.print("\(path): \(missing.name): \(missing.reason)")
                isComplete = false
            }
            if endorsed.use == EndorsementUse() {
                Message.print("\(path): nobody publishes endorsements for \(bundle.kind.rawValue)")
            }
        }
        var seen: Set<String> = []
        try printResult(lines.filter { seen.insert($0).inserted }.map { $0 + "\n" }.joined())
        guard isComplete else { throw ExitStatus.unavailable }
    }
}
