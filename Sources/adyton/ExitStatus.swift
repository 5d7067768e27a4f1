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
}

/// Writes a line to standard error.
func printError(_ line: String) {
    var stream = StandardError()
    print(line, to: &stream)
}

/// Standard error as a text stream.
struct StandardError: TextOutputStream {
    /// Whether a person looks at it.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    mutating func write(_ string: String) {
        FileHandle.standardError.write(Data(string.utf8))
    }
}
