import ArgumentParser
import Diagnostics
import Foundation

/// The usage of a command, broken between words where the argument parser leaves it on one line.
enum UsageText {
    private static let titles = ["USAGE: ", "Usage: "]
    private static let furtherUsage = "       adyton "
    private static let hint = "  See 'adyton "

    /// Breaks the lines of a text's usage; every other line stays as it is.
    ///
    /// - Parameters:
    ///   - text: Help, or an error with its usage.
    ///   - style: Where the text goes.
    /// - Returns: The text.
    static func wrapped(_ text: String, _ style: TextStyle) -> String {
        var isUsage = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            if titles.contains(where: { line.hasPrefix($0) }) {
                isUsage = true
                return style.wrapped(String(line), hang: titles[0].count)
            }
            // A command's further usages are indented below the first.
            isUsage = isUsage && line.hasPrefix(furtherUsage)
            return isUsage || line.hasPrefix(hint) ? style.wrapped(String(line)) : String(line)
        }.joined(separator: "\n")
    }
}

extension Adyton {
    /// Ends the program with what the argument parser has to say: help, a completion script, or what is wrong with the
    /// command line.
    ///
    /// - Parameter error: What the parser threw.
    static func end(with error: any Error) -> Never {
        let status = exitCode(for: error)
        let text = fullMessage(for: error)
        if status.isSuccess {
            do {
                if !text.isEmpty { try printResult(UsageText.wrapped(text, .output) + "\n") }
            } catch {
                Foundation.exit(ExitStatus.outputError.rawValue)
            }
        } else if !text.isEmpty {
            Message.printLine(UsageText.wrapped(text, .error))
        }
        Foundation.exit(status.rawValue)
    }
}
