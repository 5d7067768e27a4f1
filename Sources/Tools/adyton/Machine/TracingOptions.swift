import ArgumentParser
import Diagnostics
import Foundation
import Sandbox

/// How a developer watches an application of the sandbox: by the system calls that strace(1) shows, or in gdb(1).
struct TracingOptions: ParsableArguments {
    @Flag(
        name: [.customLong("strace"), .customLong("trace-syscalls")],
        help: "Show every system call on standard error, by this host's strace."
    )
    var strace = false

    @Flag(help: "Show the system calls that failed.")
    var straceFailing = false

    @Option(help: ArgumentHelp("Show these system calls only.", valueName: "call:call..."))
    var straceFilter: String?

    @Option(help: ArgumentHelp("Show all system calls but these.", valueName: "call:call..."))
    var straceExcludeFilter: String?

    @Flag(
        name: [.customLong("trace-times"), .customLong("ttrace")],
        help: "Show how long each system call took."
    )
    var traceTimes = false

    @Flag(help: "Stop before the first instruction, and say how gdb is attached.")
    var debug = false

    private var isTraced: Bool {
        strace || straceFailing || straceFilter != nil || straceExcludeFilter != nil || traceTimes
    }

    func validate() throws {
        guard straceFilter == nil || straceExcludeFilter == nil else {
            throw ValidationError("--strace-filter and --strace-exclude-filter exclude each other.")
        }
        guard !debug || !isTraced else {
            throw ValidationError("--debug and --strace exclude each other: a process has one tracer.")
        }
    }

    /// What the options ask for; nil for nothing.
    ///
    /// - Parameter announce: Gets how a debugger is attached, as a line for a person.
    /// - Returns: The tracer.
    /// - Throws: Exit status 69 where strace is missing.
    func tracer(announce: @escaping @Sendable (String) -> Void) throws -> SandboxTracer? {
        if debug {
            return .debugger { number in
                announce(
                    "process \(number) waits before its first instruction; attach in another terminal, and it goes on with "
                        + "gdb's continue:\n  gdb -p \(number) -ex 'set sysroot /proc/\(number)/root' -ex 'catch exec'"
                )
            }
        }
        guard isTraced else { return nil }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let places = path.split(separator: ":").map { "\($0)/strace" }
        guard let program = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw CommandFailure(.unavailable, "strace is not on the search path; apt-get install strace")
        }
        return .program(program, arguments: arguments)
    }

    /// strace's arguments; a filter of Mystikos's has colons between names that may begin with `SYS_`.
    var arguments: [String] {
        func names(_ filter: String) -> String {
            filter.split(separator: ":").map { $0.hasPrefix("SYS_") ? $0.dropFirst(4) : $0 }.joined(separator: ",")
        }
        var arguments = ["-f", "-q"]
        if straceFailing { arguments.append("-Z") }
        if traceTimes { arguments.append("-T") }
        if let straceFilter { arguments += ["-e", "trace=\(names(straceFilter))"] }
        if let straceExcludeFilter { arguments += ["-e", "trace=!\(names(straceExcludeFilter))"] }
        return arguments
    }
}
