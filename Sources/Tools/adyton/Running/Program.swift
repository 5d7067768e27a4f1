import ArgumentParser
import Diagnostics
import Foundation
import Sandbox

/// The program: the command line tool, or process 1 of a sandbox that the tool has made out of itself.
@main
enum Program {
    static func main() async {
        if SandboxInit.isWanted { exit(SandboxInit.run()) }
        let words = CommandLine.arguments.dropFirst()
        if Adyton.isVersionAsked(words) { Adyton.exit(withError: CleanExit.message(Adyton.configuration.version)) }
        if let name = words.first, let answer = MystikosCommand.answer(to: name) {
            Message.printLine("adyton \(name): \(answer)")
            exit(ExitStatus.usage.rawValue)
        }
        let command: any ParsableCommand
        do {
            command = try await Adyton.asyncParseAsRoot()
        } catch {
            Adyton.end(with: error)
        }
        exit(await CommandRunner(command).run())
    }
}

extension Adyton {
    /// Whether the words name a command, of whatever depth, and then ask for the version alone.
    fileprivate static func isVersionAsked(_ words: some BidirectionalCollection<String>) -> Bool {
        guard words.last == "--version" else { return false }
        var command: any ParsableCommand.Type = Adyton.self
        for word in words.dropLast() {
            guard let next = command.configuration.subcommands.first(where: { $0._commandName == word }) else {
                return false
            }
            command = next
        }
        return true
    }
}
