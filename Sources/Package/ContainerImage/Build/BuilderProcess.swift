import Foundation
import RootFileSystem

/// Runs a builder program in its own process group, and terminates it on timeout or interruption.
struct BuilderProcess {
    /// How the program ended.
    struct Outcome {
        let status: Int32
        /// The last lines of its output, where the output was kept in the log.
        let lastLines: [String]
    }

    private static let poll: UInt32 = 20_000
    private static let patience = Duration.seconds(10)
    private static let keptLines = 20
    private static let keptBytes: UInt64 = 1 << 16

    let executable: String
    let environment: [String: String]
    /// Whether the program's output goes to standard error instead of the log.
    let isVerbose: Bool
    let interruption: Interruption

    /// Runs the program until it exits; blocks the calling thread.
    ///
    /// - Parameters:
    ///   - arguments: The arguments after the program's name.
    ///   - log: The file that receives its output unless `isVerbose` is set.
    ///   - limit: The timeout; nil for none.
    /// - Returns: How it ended; status -1 after a timeout.
    /// - Throws: `file.interrupted` once the process group has ended, and Foundation's error where it cannot start.
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
        // Signals the process group only where the program leads one of its own; never our own group.
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
