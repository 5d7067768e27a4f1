import ArgumentParser
import RootFileSystem

/// Runs a library's call for a command: shows how far it came, and ends with the status that fits its failure.
enum ImageWork {
    /// - Parameters:
    ///   - command: The command's name, for messages.
    ///   - work: Takes what wants to be told of bytes.
    /// - Returns: What the work returns.
    /// - Throws: The exit status; the failure itself goes to standard error.
    static func run<Result>(
        _ command: String,
        _ work: (ByteProgress.Report?) throws(RootFileSystemError) -> Result
    ) throws -> Result {
        do throws(RootFileSystemError) {
            return try show(work)
        } catch {
            printError("adyton \(command): \(error)")
            throw error.exitStatus
        }
    }

    /// Shows on a terminal how far work came.
    ///
    /// - Parameter work: Takes what wants to be told of bytes.
    /// - Returns: What the work returns.
    /// - Throws: What the work throws.
    static func show<Result, Failure>(
        _ work: (ByteProgress.Report?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let meter = StandardError.isTerminal ? TransferProgress() : nil
        defer { meter?.finish() }
        guard let meter else { return try work(nil) }
        return try work { meter.show(done: $0, of: $1) }
    }
}

extension RootFileSystemError {
    /// The status that a command ends with.
    var exitStatus: ExitCode {
        switch code {
        case .fileMissing: ExitStatus.noInput
        case .fileExists, .fileUnreadable, .fileUnwritable, .diskFull, .interrupted, .treeDestinationInUse:
            ExitStatus.systemError
        default: ExitStatus.dataError
        }
    }
}
