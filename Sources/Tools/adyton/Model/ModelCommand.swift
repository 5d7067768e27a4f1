import ArgumentParser

/// `adyton model`: what can be done with a model pack.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Look at model packs.",
        subcommands: [InspectCommand.self]
    )
}
