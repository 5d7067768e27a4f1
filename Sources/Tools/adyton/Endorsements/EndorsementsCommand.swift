import ArgumentParser

/// `adyton endorsements`: the vendors' documents that this computer keeps.
struct EndorsementsCommand: ParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "endorsements",
        abstract: "Show the vendors' documents that are kept here, and carry them to another computer.",
        discussion: """
            Commands that connect keep revocation lists, TCB information and processors'
            certificates here, and use them before what a host sends.

            EXAMPLE
              adyton endorsements fetch machine.json
              adyton endorsements export endorsements.json
              adyton infer --policy flags.json --offline \\
                  --endorsements endorsements.json https://flags.example.org dog.jpg
            """,
        subcommands: [
            EndorsementsShowCommand.self, EndorsementsFetchCommand.self, EndorsementsExportCommand.self,
            EndorsementsImportCommand.self,
        ]
    )
}

/// The folder with the documents.
struct EndorsementFolderOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder with the documents.",
            discussion: "The default is adyton/endorsements in your cache folder.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var cache: String?
}
