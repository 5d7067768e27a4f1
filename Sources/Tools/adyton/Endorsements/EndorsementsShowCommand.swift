import ArgumentParser
import Attestation
import Foundation

/// `adyton endorsements show`: what is kept, and how old it is.
struct EndorsementsShowCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "show",
        abstract: "List the documents with their ages.",
        discussion: """
            Lists what the folder holds, or a file that endorsements export wrote.
            Nothing is verified here: that is done whenever a document is used.

            EXAMPLE
              adyton endorsements show
              adyton endorsements show endorsements.json --json
            """
    )

    private struct Entry: Encodable {
        let name: String
        let fetched: String
        let issued: String?
        let expires: String?
        let ageInDays: Int
        let byteCount: Int

        init(_ document: StoredEndorsement, at now: Date) {
            name = document.name
            fetched = document.fetched.plain
            issued = document.dates.issued?.plain
            expires = document.dates.expires?.plain
            ageInDays = max(0, Int(now.timeIntervalSince(document.dates.issued ?? document.fetched) / 86_400))
            byteCount = document.bytes.count
        }
    }

    @Argument(help: "A file that endorsements export wrote.", completion: .file(extensions: ["json"]))
    var archive: String?

    @OptionGroup var folder: EndorsementFolderOption

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
        guard archive == nil || folder.cache == nil else {
            throw ValidationError("A file and --cache exclude each other.")
        }
    }

    func run() async throws {
        let documents =
            if let archive { try EndorsementArchive(reading: URL(filePath: archive)).documents } else {
                await folder.source.documents
            }
        let entries = documents.map { Entry($0, at: Date()) }
        guard !json else { return try printResult(JSONReport.of(entries)) }
        let table = TextTable([
            .init(title: "DOCUMENT", cells: entries.map(\.name)),
            .init(title: "DAYS OLD", cells: entries.map { "\($0.ageInDays)" }),
            .init(title: "FETCHED", cells: entries.map(\.fetched)),
            .init(title: "EXPIRES", cells: entries.map { $0.expires ?? "" }),
        ])
        try printResult(entries.isEmpty ? "no documents\n" : table.text)
    }
}

extension EndorsementFolderOption {
    /// The cache, which asks nobody.
    var source: EndorsementCache {
        EndorsementCache(folder: cache.map { URL(filePath: $0) } ?? EndorsementCache.userFolder, upstream: nil)
    }
}
