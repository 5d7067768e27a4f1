import ArgumentParser
import Attestation
import Foundation

/// `adyton endorsements import`: takes over what another computer exported.
struct EndorsementsImportCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "import",
        abstract: "Take over the documents of a file that endorsements export wrote.",
        discussion: """
            Takes what is newer than what is kept here, and prints it. Every document
            must be signed by its vendor; otherwise it and those after it are left out.

            EXAMPLE
              adyton endorsements import endorsements.json
            """
    )

    @Argument(help: "The file.", completion: .file(extensions: ["json"]))
    var file: String

    @OptionGroup var folder: EndorsementFolderOption

    func run() async throws {
        let archive = try EndorsementArchive(reading: URL(filePath: file))
        let added = try await folder.source.add(archive)
        try printResult(added.isEmpty ? "nothing newer\n" : added.map { $0 + "\n" }.joined())
    }
}
