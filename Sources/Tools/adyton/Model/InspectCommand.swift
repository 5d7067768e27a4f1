import ArgumentParser
import Foundation
import ModelPack

/// `adyton model inspect`: checks a pack and prints all that it says of itself.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Check a model pack and print its card, files and digest.",
        discussion: """
            Reads every file and compares it with the card. Exits with 65 where one
            differs.

            EXAMPLE
              adyton model inspect Models/signal-flags
              adyton model inspect --json Models/signal-flags | jq -r .digest
            """
    )

    @Argument(help: "The model pack's folder.", completion: .directory)
    var pack: String

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        let opened = try ModelPack(opening: URL(filePath: pack))
        try printResult(json ? try PackReport(opened).json() : PackReport(opened).text)
    }
}
