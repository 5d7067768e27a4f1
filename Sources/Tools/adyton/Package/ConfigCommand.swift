import ArgumentParser

/// `adyton config`: what concerns configuration files.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Understand a package's configuration.",
        subcommands: [ExplainConfigurationCommand.self]
    )
}
