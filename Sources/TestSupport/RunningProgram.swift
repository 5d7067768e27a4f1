package import Foundation
import Subprocess
import Synchronization
import SystemPackage

/// A program that runs beside a test.
///
/// Its output goes to files, so it never waits for a reader. It is killed when the last reference is released, and when
/// this process ends.
package final class RunningProgram: Sendable {
    /// A program ended, or the time passed, before a state was reached.
    package struct Missing: Error {
        package let wanted: String
        package let output: String
        package let errors: String
    }

    /// How the program ended; nil while it runs.
    private final class End: Sendable {
        let status: Mutex<Int32?> = Mutex(nil)
    }

    /// The process ID.
    package let number: Int32
    private let folder: TemporaryFolder
    private let ending = End()
    private let running: Task<Int32, any Error>

    /// Starts a program, with nothing on its standard input.
    ///
    /// - Parameters:
    ///   - tool: The program.
    ///   - arguments: The arguments after the program's name.
    ///   - environment: Variables in addition to this process's environment.
    ///   - workingFolder: The working directory; nil for this process's.
    /// - Throws: `CocoaError` or `SubprocessError` where it cannot be started.
    package init(
        _ tool: OutsideTool,
        _ arguments: [String],
        environment: [String: String] = [:],
        workingFolder: URL? = nil
    ) async throws {
        let configuration = try tool.configuration(arguments, environment: environment, folder: workingFolder)
        let folder = try TemporaryFolder()
        let (output, errors) = (try Self.create("output", in: folder), try Self.create("errors", in: folder))
        let (numbers, started) = AsyncThrowingStream.makeStream(of: Int32.self)
        self.folder = folder
        running = Task { [ending] in
            do {
                let result = try await Subprocess.run(
                    configuration,
                    input: .none,
                    output: .fileDescriptor(output, closeAfterSpawningProcess: true),
                    error: .fileDescriptor(errors, closeAfterSpawningProcess: true)
                ) { execution in
                    started.yield(execution.processIdentifier.value)
                }
                let status = result.terminationStatus.code
                ending.status.withLock { $0 = status }
                return status
            } catch {
                started.finish(throwing: error)
                throw error
            }
        }
        var iterator = numbers.makeAsyncIterator()
        guard let number = try await iterator.next() else { throw CancellationError() }
        self.number = number
    }

    deinit {
        running.cancel()
    }

    /// What it has written to standard output so far.
    package var output: String { text("output") }
    /// What it has written to standard error so far.
    package var errors: String { text("errors") }
    /// Whether it has not ended yet.
    package var isRunning: Bool { endStatus == nil }
    /// The exit status, or 128 and the signal's number; nil while it runs.
    package var endStatus: Int32? { ending.status.withLock { $0 } }

    /// Sends a signal, unless the program has ended.
    package func signal(_ signal: Int32) {
        if isRunning { kill(number, signal) }
    }

    /// Kills the program, unless it has ended.
    package func end() { running.cancel() }

    /// Waits until the program ends.
    ///
    /// - Returns: The exit status, or 128 and the signal's number.
    /// - Throws: `SubprocessError` where it cannot be waited for.
    @discardableResult
    package func waitUntilEnd() async throws -> Int32 {
        try await running.value
    }

    /// Waits until the program ends, with a timeout.
    ///
    /// - Parameter seconds: The timeout.
    /// - Returns: The exit status, or 128 and the signal's number; nil while it runs.
    package func status(within seconds: Double = 120) async -> Int32? {
        _ = try? await wait(for: "the end", within: seconds) { _ in false }
        return endStatus
    }

    /// Waits until standard output has a text.
    package func waitForOutput(_ text: String) async throws {
        try await wait(for: text) { $0.output.contains(text) }
    }

    /// The first line on standard error with a text in it.
    package func errorLine(containing text: String) async throws -> String {
        let line = { (program: RunningProgram) in
            // Without what follows the last newline: a line that is not complete yet.
            program.errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .first { $0.contains(text) }
        }
        try await wait(for: text) { line($0) != nil }
        return line(self).map(String.init) ?? ""
    }

    /// Waits for a state.
    ///
    /// - Parameters:
    ///   - state: The state's name, for the error.
    ///   - seconds: The timeout.
    ///   - holds: Whether it is reached.
    /// - Throws: ``Missing`` where the program ends first, or the time passes.
    package func wait(
        for state: String,
        within seconds: Double = 180,
        _ holds: (RunningProgram) -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while !holds(self) {
            // The program may have reached the state just before it ended.
            guard isRunning, .now < deadline else {
                if holds(self) { return }
                throw Missing(wanted: state, output: output, errors: errors)
            }
            try await Task.sleep(for: .milliseconds(25))
        }
    }

    private func text(_ name: String) -> String {
        let bytes = (try? Data(contentsOf: folder.url.appending(path: name))) ?? Data()
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func create(_ name: String, in folder: TemporaryFolder) throws -> FileDescriptor {
        try .open(
            FilePath(folder.url.appending(path: name).path),
            .writeOnly,
            options: [.create, .append, .closeOnExec],
            permissions: .ownerReadWrite
        )
    }
}
