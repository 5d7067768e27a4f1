import ArgumentParser

/// `adyton policy`: the rules of who relies on a machine.
struct PolicyCommand: ParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "policy",
        abstract: "Make, try and compare the rules by which evidence is judged.",
        discussion: """
            EXAMPLE
              adyton policy from app.adyton > policy.json
              adyton policy lint policy.json
              adyton policy check policy.json --evidence machine.json
            """,
        subcommands: [
            PolicyFromCommand.self, PolicyCheckCommand.self, PolicyDiffCommand.self, PolicyLintCommand.self,
            PolicyMigrateCommand.self,
        ]
    )
}
