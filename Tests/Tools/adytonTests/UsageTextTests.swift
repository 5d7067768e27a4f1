import ArgumentParser
import Testing

@testable import adyton

/// How help looks in windows of other widths.
@Suite struct UsageTextTests {
    /// Every command that help shows.
    private static func commands(below command: any ParsableCommand.Type = Adyton.self) -> [any ParsableCommand.Type] {
        [command] + command.configuration.subcommands.flatMap { commands(below: $0) }
    }

    private static func style(_ width: Int) -> TextStyle {
        TextStyle(isTerminal: true, terminalWidth: width, environment: ["NO_COLOR": "1"])
    }

    @Test(arguments: [40, 80, 200])
    func `every line of help fits, or is one word`(width: Int) {
        let commands = Self.commands()
        #expect(commands.count > 40)
        for command in commands {
            let text = UsageText.wrapped(Adyton.helpMessage(for: command, columns: width), Self.style(width))
            for line in text.split(separator: "\n") where line.count > width {
                let words = line.drop { $0 == " " }
                // The name of an option and of its value stay on one line.
                #expect(!words.contains(" ") || words.hasPrefix("-"), "\(command), \(width): \(line)")
            }
        }
    }

    @Test func `a usage is broken between words, and nothing else is touched`() {
        let long = "the text of an option that is as long as it is"
        let text =
            "OVERVIEW: x\n\nUSAGE: adyton sign [<options>] <package> <key>\n       adyton sign [<options>] <rootfs>\n\(long)"
        let lines = UsageText.wrapped(text, Self.style(30)).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines == [
                "OVERVIEW: x", "", "USAGE: adyton sign [<options>]", "       <package> <key>",
                "       adyton sign [<options>]", "         <rootfs>", Substring(long),
            ]
        )
    }
}
