import Foundation
import RootFileSystem

/// Runs a builder's program in a process group of its own, and ends it when the work is to end.
struct BuilderProcess {
    /// How a program ended.
    struct Outcome {
        let status: Int32
        /// The last lines of what it printed, where that was kept.
        let lastLines: [String]
    }

    private static let poll: UInt32 = 20_000
    private static let patience = Duration.seconds(10)
    private static let keptLines = 20
    private static let keptBytes: UInt64 = 1 << 16

    let executable: String
    let environment: [String: String]
    /// Whether a person sees what the program prints, on standard error.
    let isVerbose: Bool
    let interruption: Interruption

    /// Runs the program to its end.
    ///
    /// - Parameters:
    ///   - arguments: What follows its name.
    ///   - log: The file that keeps its output, where nobody is shown it.
    ///   - limit: How long it may take; nil for as long as it likes.
    /// - Returns: How it ended; a status of -1 stands for the end of patience.
    /// - Throws: `file.interrupted`, after everything of the program ended, and Foundation's error where it cannot start.
    func run(_ arguments: [String], log: String, limit: Duration? = nil) throws -> Outcome {
        try interruption.check()
        guard FileManager.default.createFile(atPath: log, contents: nil),
            let output = FileHandle(forWritingAtPath: log)
        else { throw RootFileSystemError(.fileUnwritable, subject: log) }
        defer { try? output.close() }
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = isVerbose ? FileHandle.standardError : output
        process.standardError = isVerbose ? FileHandle.standardError : output
        try process.run()
        let start = ContinuousClock.now
        while process.isRunning {
            usleep(Self.poll)
            let isLate = limit.map { ContinuousClock.now - start > $0 } ?? false
            guard interruption.isRequested || isLate else { continue }
            end(process)
            try interruption.check()
            return Outcome(status: -1, lastLines: [])
        }
        return Outcome(status: process.terminationStatus, lastLines: Self.lastLines(of: log))
    }

    private func end(_ process: Process) {
        let group = process.processIdentifier
        // The program leads a group of its own where Foundation made one for it; never is it ours.
        let target = getpgid(group) == group ? -group : group
        kill(target, SIGTERM)
        let start = ContinuousClock.now
        while process.isRunning, ContinuousClock.now - start < Self.patience { usleep(Self.poll) }
        kill(target, SIGKILL)
        process.waitUntilExit()
    }

    private static func lastLines(of log: String) -> [String] {
        guard let file = FileHandle(forReadingAtPath: log), let size = try? file.seekToEnd() else { return [] }
        try? file.seek(toOffset: size > keptBytes ? size - keptBytes : 0)
        let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).suffix(keptLines).map { EntryPath.readable($0.utf8) }
    }
}
