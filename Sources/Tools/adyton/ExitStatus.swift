import ArgumentParser
import Foundation

/// How a command ends, after BSD's `sysexits.h` where that has a word for it.
enum ExitStatus {
    /// An image got no answer, or another one than expected.
    static let partialFailure = ExitCode(1)
    /// A file's content is wrong.
    static let dataError = ExitCode(65)
    /// A file is missing.
    static let noInput = ExitCode(66)
    /// The server cannot be reached, or is not ready.
    static let unavailable = ExitCode(69)
    /// The system refused.
    static let systemError = ExitCode(71)
    /// A sandbox or a machine could not be made, and the application never ran.
    static let sandboxFailure = ExitCode(125)
    /// The result cannot be written.
    static let outputError = ExitCode(74)
}

/// Writes a line to standard error.
func printError(_ line: String) {
    var stream = StandardError()
    stream.write(line + "\n")
}

/// Writes a command's result to standard output.
///
/// - Throws: Exit status 74 where it cannot be written: an empty file must not pass for a result.
func printResult(_ text: String) throws {
    do {
        try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
        printError("adyton: standard output cannot be written: \(error.localizedDescription)")
        throw ExitStatus.outputError
    }
}

/// Standard error as a text stream; what cannot be written there is lost, as there is nowhere left to say so.
struct StandardError: TextOutputStream {
    /// Whether a person looks at it.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    mutating func write(_ string: String) {
        try? FileHandle.standardError.write(contentsOf: Data(string.utf8))
    }
}
