import Foundation
import Synchronization
import TestSupport

/// `adyton`, running beside the test.
final class RunningTool: Sendable {
    /// The process ended, or the time, before the text came.
    struct Missing: Error {
        let wanted: String
        let output: String
        let errors: String
    }

    private let process = Mutex(Process())
    private let identifier: pid_t
    private let texts: Mutex<(output: String, errors: String)> = Mutex(("", ""))

    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        let (output, errors) = (Pipe(), Pipe())
        identifier = try process.withLock { process in
            process.executableURL = Tool.adyton.executable
            process.arguments = arguments
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            process.standardOutput = output
            process.standardError = errors
            try process.run()
            return process.processIdentifier
        }
        output.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let text = String(decoding: handle.availableData, as: UTF8.self)
            if text.isEmpty { handle.readabilityHandler = nil }
            self?.texts.withLock { $0.output += text }
        }
        errors.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let text = String(decoding: handle.availableData, as: UTF8.self)
            if text.isEmpty { handle.readabilityHandler = nil }
            self?.texts.withLock { $0.errors += text }
        }
    }

    /// What it has printed so far.
    var output: String { texts.withLock { $0.output } }
    /// What it has said on standard error so far.
    var errors: String { texts.withLock { $0.errors } }

    func signal(_ number: Int32) { kill(identifier, number) }

    /// Kills what still runs.
    func end() {
        process.withLock { process in
            if process.isRunning { kill(identifier, SIGKILL) }
            process.waitUntilExit()
        }
    }

    /// The exit status, or 128 and the signal's number; waits at most two minutes.
    func status() async -> Int32? {
        for _ in 0..<1200 {
            let status = process.withLock { process in
                process.isRunning
                    ? nil : process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
            }
            if let status { return status }
            try? await Task.sleep(for: .milliseconds(100))
        }
        return nil
    }

    func waitForOutput(_ text: String) async throws {
        try await wait(for: text) { self.output.contains(text) }
    }

    /// The first line on standard error with a text in it.
    func errorLine(containing text: String) async throws -> String {
        try await wait(for: text) {
            self.errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast().contains {
                $0.contains(text)
            }
        }
        guard let line = errors.split(separator: "\n").first(where: { $0.contains(text) }) else {
            throw Missing(wanted: text, output: output, errors: errors)
        }
        return String(line)
    }

    private var hasEnded: Bool { process.withLock { !$0.isRunning } }

    private func wait(for text: String, _ isThere: @Sendable () -> Bool) async throws {
        for _ in 0..<3600 {
            if isThere() { return }
            if hasEnded { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        guard isThere() else { throw Missing(wanted: text, output: output, errors: errors) }
    }
}
