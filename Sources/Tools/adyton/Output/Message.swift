import Diagnostics
import Foundation

/// Lines for a person, on standard error.
enum Message {
    /// The words that call the command that runs, such as `policy check`.
    @TaskLocal static var command = ""

    /// Writes a line after the command's name.
    static func print(_ text: String) {
        printLine("adyton \(command): \(text)")
    }

    /// Writes a line as it is; nothing for nil.
    static func printLine(_ line: String?) {
        guard let line else { return }
        var stream = StandardError()
        stream.write(coloured(line) + "\n")
    }

    /// The line with its warnings in colour, where a terminal shows them.
    private static func coloured(_ line: String) -> String {
        let style = TextStyle.error
        guard style.hasColour else { return line }
        var line = line
        for word in ["INSECURE", "DEBUG", "UNTRIED"] { line.replace(word, with: style.coloured(word, .yellow)) }
        return line.hasPrefix("Error:") ? style.coloured("Error:", .red) + line.dropFirst(6) : line
    }
}

/// Writes a command's result to standard output.
///
/// - Throws: Exit status 74 where it cannot be written: an empty file must not pass for a result.
func printResult(_ text: String) throws {
    do {
        try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
        throw CommandFailure(.outputError, "standard output cannot be written: \(error.localizedDescription)")
    }
}

/// Standard error as a text stream; text that cannot be written there is lost.
struct StandardError: TextOutputStream {
    /// Whether standard error is a terminal.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    mutating func write(_ string: String) {
        try? FileHandle.standardError.write(contentsOf: Data(string.utf8))
    }
}
