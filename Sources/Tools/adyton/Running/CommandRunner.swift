import ArgumentParser
import Diagnostics

/// Runs a command that was parsed: the one place where an error becomes a message and an exit status.
struct CommandRunner {
    /// The words that call the command, without the program's own, such as `policy check`; nil for the library's `help`.
    let name: String?

    private let command: any ParsableCommand

    init(_ command: any ParsableCommand) {
        self.command = command
        name = Self.path(to: type(of: command), below: Adyton.self)?.joined(separator: " ")
    }

    /// Runs the command to its end.
    ///
    /// - Returns: The exit status; the failure's message went to standard error.
    func run() async -> Int32 {
        do {
            try await Message.$command.withValue(name ?? "") { try await start() }
            return 0
        } catch {
            // A command that only has subcommands, or `help`, ends by its help.
            guard let name, !(error is CleanExit) else { Adyton.end(with: error) }
            let failure = CommandFailure(error)
            Message.printLine(failure.text(of: type(of: command), named: name))
            return failure.status
        }
    }

    private func start() async throws {
        var command = self.command
        if var asynchronous = command as? any AsyncParsableCommand {
            try await asynchronous.run()
        } else {
            try command.run()
        }
    }

    /// The names of the commands on the way from a command to one below it; nil where there is none.
    private static func path(
        to wanted: any ParsableCommand.Type,
        below root: any ParsableCommand.Type
    ) -> [String]? {
        if root == wanted { return [] }
        for subcommand in root.configuration.subcommands {
            if let rest = path(to: wanted, below: subcommand) { return [subcommand._commandName] + rest }
        }
        return nil
    }
}
