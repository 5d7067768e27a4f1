import ArgumentParser
import Attestation
import Diagnostics
import Foundation

/// What an error means for a command: the message that a person reads, and the exit status.
struct CommandFailure: Error {
    /// What is printed.
    private enum Words {
        /// Nothing: the exit status says everything, or the message was printed before.
        case nothing
        /// One or more lines, which follow the command's name.
        case text(String)
        /// What is wrong with the command line; the command's usage follows.
        case usage(String)
    }

    /// The exit status.
    let status: Int32
    private let words: Words

    /// A failure that has no code.
    ///
    /// - Parameters:
    ///   - status: The exit status.
    ///   - text: What a person reads after the command's name.
    init(_ status: ExitStatus, _ text: String) {
        self.status = status.rawValue
        words = .text(text)
    }

    /// The failure of an error.
    ///
    /// - Parameter error: What a command or a library threw.
    init(_ error: any Error) {
        (status, words) = Self.parts(of: error)
    }

    private static func parts(of error: any Error) -> (Int32, Words) {
        switch error {
        case let failure as CommandFailure: (failure.status, failure.words)
        case let end as ExitCode: (end.rawValue, .nothing)
        case let end as ExitStatus: (end.rawValue, .nothing)
        case let error as ValidationError: (ExitStatus.usage.rawValue, .usage(error.message))
        case let error as AttestationError:
            (ExitStatus(error).rawValue, .text("\(error)\n  \(error.finding.explanation.remedy)"))
        case let error as any CodedError where ExitStatus(error) == .usage:
            (ExitStatus.usage.rawValue, .usage("\(error)"))
        case let error as any CodedError: (ExitStatus(error).rawValue, .text("\(error)"))
        default: (ExitStatus(error).rawValue, .text(error.localizedDescription))
        }
    }

    /// The lines for standard error.
    ///
    /// - Parameters:
    ///   - command: The command that failed, whose usage is shown where the command line is wrong.
    ///   - name: The words that call it.
    /// - Returns: The lines without a last line break; nil where there is nothing to say.
    func text(of command: any ParsableCommand.Type, named name: String) -> String? {
        switch words {
        case .nothing: return nil
        case .text(let text): return "adyton \(name): \(text)"
        case .usage(let text):
            let usage = Adyton.usageString(for: command).replacing("\n", with: "\n       ")
            let lines = "Error: \(text)\nUsage: \(usage)\n  See 'adyton \(name) --help' for more information."
            return UsageText.wrapped(lines, .error)
        }
    }
}
