import Files
import Foundation

/// Runs a program to its end with a timeout, for its output or its exit status.
enum ProbeRun {
    /// The bound on the output that is kept, in bytes.
    private static let maximumOutput = 1 << 20

    /// Runs a program.
    ///
    /// - Parameters:
    ///   - program: The program's path.
    ///   - arguments: The arguments after the program's name.
    ///   - files: The descriptors that the program inherits, from number 3.
    ///   - milliseconds: The timeout, after which the program is killed.
    /// - Returns: How it ended, nil after a timeout, and its standard output and standard error.
    /// - Throws: `machine.system-refused` where the program cannot start.
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
            // A process that hangs in the kernel is abandoned.
            _ = child.waitUntilEnd(milliseconds: 1000)
        }
        return (end, String(decoding: output, as: UTF8.self))
    }

    private static func take(from file: MachineFile, into output: inout [UInt8]) {
        while output.count < maximumOutput, case .bytes(let bytes) = file.receive() { output += bytes }
    }
}
