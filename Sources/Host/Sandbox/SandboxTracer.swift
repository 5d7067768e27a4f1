import Foundation
import Glibc

/// Attaches a tracer to the application of a sandbox before its first instruction.
///
/// The application stops itself before its program starts. This type finds it, starts the tracer or tells a person how to
/// start a debugger, and lets the application go on once it is traced. It is for the sandbox alone: a machine's processes
/// are not the host's.
package struct SandboxTracer: Sendable {
    /// What traces.
    private enum Kind: Sendable {
        case program(path: String, arguments: [String])
        case debugger(announce: @Sendable (Int32) -> Void)
    }

    /// How long the application may take to stop, and a program to attach, in seconds.
    private static let limit = 30.0
    private static let pause = 10_000 as UInt32

    private let kind: Kind

    /// A program such as strace(1).
    ///
    /// - Parameters:
    ///   - path: The program.
    ///   - arguments: Its arguments before `-p NUMBER`.
    /// - Returns: The tracer.
    package static func program(_ path: String, arguments: [String]) -> SandboxTracer {
        SandboxTracer(kind: .program(path: path, arguments: arguments))
    }

    /// A debugger that a person starts; there is no limit to how long that takes.
    ///
    /// - Parameter announce: Gets the application's number on this host.
    /// - Returns: The tracer.
    package static func debugger(announce: @escaping @Sendable (Int32) -> Void) -> SandboxTracer {
        SandboxTracer(kind: .debugger(announce: announce))
    }

    /// Attaches, and lets the application go on; returns at once where the sandbox has ended.
    ///
    /// - Throws: `sandbox.tracer` where the program cannot be started or does not attach.
    func attach(to sandbox: Sandbox) async throws {
        let kind = kind
        let first = sandbox.firstProcess
        try await Sandbox.onThread { Result { try Self.attach(kind, below: first) } }.get()
    }

    private static func attach(_ kind: Kind, below first: pid_t) throws {
        let deadline = Date().addingTimeInterval(limit)
        var found: pid_t?
        while found == nil {
            let processes = ProcessEntry.all()
            // A sandbox that could not be made says why by itself.
            guard processes.contains(where: { $0.number == first && $0.state != "Z" }) else { return }
            found = ProcessEntry.stopped(below: first, among: processes)
            guard Date() < deadline else { throw failure("the application, which did not stop in time") }
            if found == nil { usleep(pause) }
        }
        guard let application = found else { return }
        switch kind {
        case .program(let path, let arguments):
            let process = Process()
            process.executableURL = URL(filePath: path)
            process.arguments = arguments + ["-p", "\(application)"]
            do {
                try process.run()
            } catch {
                throw failure(path, error.localizedDescription)
            }
            try wait(for: application) {
                guard process.isRunning, Date() < deadline else {
                    throw failure(path, "it did not attach; its own message says why")
                }
            }
        case .debugger(let announce):
            announce(application)
            try wait(for: application) {}
        }
        kill(application, SIGCONT)
    }

    /// Waits until a process is traced or gone.
    private static func wait(for process: pid_t, check: () throws -> Void) throws {
        while let tracer = ProcessEntry.tracer(of: process), tracer == 0 {
            try check()
            usleep(pause)
        }
    }

    private static func failure(_ subject: String, _ found: String? = nil) -> SandboxError {
        SandboxError(.tracer, subject: subject, expected: "a tracer that attaches to the application", found: found)
    }
}

/// A line of the host's list of processes (proc(5)).
private struct ProcessEntry {
    let number: pid_t
    let parent: pid_t
    let state: Substring

    static func all() -> [ProcessEntry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.compactMap { ProcessEntry($0) }
    }

    private init?(_ number: pid_t) {
        // A name in parentheses may hold blanks and parentheses, so the fields are those behind the last one.
        guard let text = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 1, let parent = pid_t(fields[1]) else { return nil }
        self.number = number
        self.parent = parent
        state = fields[0]
    }

    /// The stopped process that descends from another.
    static func stopped(below ancestor: pid_t, among processes: [ProcessEntry]) -> pid_t? {
        let parents = Dictionary(processes.map { ($0.number, $0.parent) }) { first, _ in first }
        return processes.first { process in
            guard process.state == "T" else { return false }
            var place = process.number
            while place > 1, place != ancestor { place = parents[place] ?? 0 }
            return place == ancestor
        }?.number
    }

    /// The tracer of a process, 0 for none; nil where the process is gone.
    static func tracer(of process: pid_t) -> pid_t? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("TracerPid:") }
        return line.flatMap { pid_t($0.dropFirst(10).filter { !$0.isWhitespace }) }
    }
}
