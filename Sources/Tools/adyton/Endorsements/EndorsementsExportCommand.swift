import ArgumentParser
import Attestation
import Diagnostics
import Foundation

/// `adyton endorsements export`: one file for computers without a network.
struct EndorsementsExportCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the documents that are kept here to one file.",
        discussion: """
            Clients take the file by --endorsements, and endorsements import takes it
            over. It holds public documents only, which their vendors signed.

            EXAMPLE
              adyton endorsements export endorsements.json
            """
    )

    @Argument(help: "The file.", completion: .file(extensions: ["json"]))
    var file: String

    @OptionGroup var folder: EndorsementFolderOption
    @OptionGroup var overwrite: OverwriteArguments

    func run() async throws {
        let documents = await folder.source.documents
        guard !documents.isEmpty else {
            throw CommandFailure(.noInput, "no documents are kept yet: endorsements fetch brings them")
        }
        let archive = EndorsementArchive(documents)
        try ResultFile.write(archive.json, to: file, replacing: overwrite.force)
        Message.print("\(file): \(documents.count) documents")
    }
}
