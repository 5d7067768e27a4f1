import ArgumentParser

/// `adyton evidence`: bundles of evidence.
struct EvidenceCommand: ParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "evidence",
        abstract: "Make bundles of evidence.",
        discussion: """
            EXAMPLE
              adyton evidence pack report=report.bin auxblob=table.bin -o machine.json
              adyton verify machine.json --fetch
            """,
        subcommands: [EvidencePackCommand.self]
    )
}
