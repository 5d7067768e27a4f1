import Files
import Foundation

/// A program that is run to its end within a limit, for what it says or how it ends.
enum ProbeRun {
    /// The most output that is looked at, in bytes.
    private static let maximumOutput = 1 << 20

    /// Runs a program.
    ///
    /// - Parameters:
    ///   - program: The program's path.
    ///   - arguments: What follows its name.
    ///   - files: What it finds at number 3 and above.
    ///   - milliseconds: How long it may take; then it is ended.
    /// - Returns: How it ended, nil where it had to be ended, and what it wrote to either output.
    /// - Throws: `machine.system-refused` where it cannot be started.
    static func run(
        _ program: String,
        _ arguments: [String],
        files: [MachineFile] = [],
        milliseconds: Int32
    ) throws(MachineError) -> (end: ProcessEnd?, output: String) {
        let (ours, theirs) = try MachineFile.socketPair()
        let child = try ChildProcess(
            program,
            arguments,
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"],
            files: [nil, theirs, theirs] + files
        )
        var output: [UInt8] = []
        let deadline = Supervisor.now + Double(milliseconds) / 1000
        var end: ProcessEnd?
        while end == nil, Supervisor.now < deadline {
            var items = [Supervisor.item(child.file.number), Supervisor.item(ours.number)]
            // Safe: the list is ours, and its own size is passed.
            _ = unsafe poll(&items, nfds_t(items.count), max(1, Int32((deadline - Supervisor.now) * 1000)))
            end = child.ended()
            take(from: ours, into: &output)
        }
        if end == nil {
            child.signal(SIGKILL)
            // One that hangs in the kernel is left to it.
            _ = child.waitUntilEnd(milliseconds: 1000)
        }
        return (end, String(decoding: output, as: UTF8.self))
    }

    private static func take(from file: MachineFile, into output: inout [UInt8]) {
        while output.count < maximumOutput, case .bytes(let bytes) = file.receive() { output += bytes }
    }
}
