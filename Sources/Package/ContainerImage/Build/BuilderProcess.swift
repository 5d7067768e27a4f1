import Diagnostics
import Foundation
import RootFileSystem
import Subprocess
import SystemPackage

/// Runs a builder program in its own process group, and terminates the group on timeout or cancellation.
struct BuilderProcess {
    /// How the program ended.
    struct Outcome {
        let status: TerminationStatus
        /// The last lines of its output, where the output was kept in the log.
        let lastLines: [String]
    }

    private struct TimedOut: Error {}

    /// How long a program may take to exit after SIGTERM.
    private static let gracePeriod = Duration.seconds(10)
    private static let keptLines = 20
    private static let keptBytes: UInt64 = 1 << 16

    let executable: String
    let environment: Environment
    /// Whether the program's output goes to standard error instead of the log.
    let isVerbose: Bool

    /// Runs the program until it exits.
    ///
    /// - Parameters:
    ///   - arguments: The arguments after the program's name.
    ///   - log: The file that receives its output unless `isVerbose` is set.
    /// - Returns: How it ended.
    /// - Throws: `file.interrupted` where the task was cancelled, once the process group has ended; `file.unwritable`,
    ///   and `SubprocessError` where the program cannot start.
    func run(_ arguments: [String], log: String) async throws -> Outcome {
        try Self.checkCancellation()
        let file = try Self.create(log)
        defer { try? file.close() }
        let output: FileDescriptorOutput =
            isVerbose ? .currentStandardError : .fileDescriptor(file, closeAfterSpawningProcess: false)
        let result = try await Subprocess.run(
            .path(FilePath(executable)),
            arguments: Arguments(arguments),
            environment: environment,
            platformOptions: Self.options,
            input: .none,
            output: output,
            error: output
        )
        if Task.isCancelled {
            // The library waits for the leader alone; this ends processes of the group that ignored SIGTERM.
            kill(-result.processIdentifier.value, SIGKILL)
            try Self.checkCancellation()
        }
        return Outcome(status: result.terminationStatus, lastLines: Self.lastLines(of: log))
    }

    /// Runs the program with a timeout.
    ///
    /// - Parameters:
    ///   - arguments: The arguments after the program's name.
    ///   - log: The file that receives its output unless `isVerbose` is set.
    ///   - limit: The timeout.
    /// - Returns: How it ended; nil after a timeout, once the process group has ended.
    /// - Throws: What ``run(_:log:)`` throws.
    func run(_ arguments: [String], log: String, within limit: Duration) async throws -> Outcome? {
        do {
            return try await Deadline(in: limit).run(orThrow: TimedOut()) { try await run(arguments, log: log) }
        } catch is TimedOut {
            return nil
        } catch is CancellationError {
            throw Self.interrupted
        }
    }

    // MARK: private

    /// A process group of its own: the signals reach what the builder started, and never this process.
    private static var options: PlatformOptions {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: gracePeriod)]
        return options
    }

    private static var interrupted: RootFileSystemError { RootFileSystemError(.interrupted, subject: "the work") }

    private static func checkCancellation() throws {
        if Task.isCancelled { throw interrupted }
    }

    private static func create(_ log: String) throws -> FileDescriptor {
        do {
            return try .open(
                FilePath(log),
                .writeOnly,
                options: [.create, .truncate, .closeOnExec],
                permissions: .ownerReadWrite
            )
        } catch {
            throw RootFileSystemError(.fileUnwritable, subject: log, found: "\(error)")
        }
    }

    private static func lastLines(of log: String) -> [String] {
        guard let file = FileHandle(forReadingAtPath: log), let size = try? file.seekToEnd() else { return [] }
        try? file.seek(toOffset: size > keptBytes ? size - keptBytes : 0)
        let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).suffix(keptLines).map { EntryPath.readable($0.utf8) }
    }
}
