import ArgumentParser
import Foundation
import Machine
import PackageManifest

/// `adyton ps`: this user's machines.
struct PsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "List this user's machines.",
        discussion: """
            A detached machine that has ended by itself stays in the list, with the
            reason, until adyton stop NAME removes it.

            EXAMPLE
              adyton ps
              adyton ps --json | jq -r '.[].name'
            """
    )

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        let list = MachineList(try RuntimeFolder().machines().compactMap(\.record), at: Date())
        try printResult(json ? JSONReport.of(list.entries) : list.text)
    }
}
