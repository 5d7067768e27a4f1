import CLinux
import Files
import Foundation
import GuestInterface
import StrictJSON

/// The command's handle of a running machine: it receives events and requests the stop.
///
/// A supervisor process, another instance of this program, runs the machine. When this value is released or this
/// process ends, the machine ends, unless it was detached.
package final class RunningMachine {
    /// The name of the supervisor's subcommand.
    package static let supervisorCommand = "supervise-machine"

    private let link: MachineFile
    private let supervisor: ChildProcess
    private let root: RuntimeFolder
    private var pending: [UInt8] = []

    /// Starts a machine's supervisor.
    ///
    /// - Parameters:
    ///   - machine: The machine to start, with ports chosen and programs found.
    ///   - files: The kernel, the initial file system and the disks, each open for reading.
    ///   - program: The path of this program.
    ///   - console: The descriptor that receives a debug machine's console; nil for the log only.
    ///   - root: The folder of the machines' folders.
    ///   - environment: The supervisor's environment, which gives it the same folders.
    /// - Throws: `machine.system-refused`, `machine.argument-too-long`.
    package init(
        _ machine: MachineDescription,
        files: [MachineFile],
        program: String = "/proc/self/exe",
        console: Int32?,
        root: RuntimeFolder,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(MachineError) {
        try machine.offer.check()
        let (link, theirs) = try MachineFile.socketPair()
        let description = try MachineFile(inMemory: "adyton-machine")
        guard let data = try? JSONEncoder().encode(machine) else {
            throw MachineError(.descriptionInvalid, subject: machine.name)
        }
        try description.write(Array(data))
        // Safe: the path is a string of our own that outlives the call.
        let nothing = MachineFile(taking: unsafe open("/dev/null", O_RDWR | O_CLOEXEC))
        let output = try machine.isDebug ? console.map(MachineFile.init(duplicating:)) ?? nothing : nothing
        self.link = link
        self.root = root
        supervisor = try ChildProcess(
            program,
            [Self.supervisorCommand],
            environment: environment.map { "\($0)=\($1)" },
            files: [nothing, output, nothing, theirs, description] + files,
            endsWithParent: false,
            ownSession: true
        )
    }

    /// Reads the supervisor's inputs, in the supervisor.
    ///
    /// - Returns: The machine, its files and the socket to the command.
    /// - Throws: `machine.description-invalid`.
    package static func inherited() throws(MachineError) -> (MachineDescription, [MachineFile], MachineFile) {
        let link = MachineFile(taking: Supervisor.FileNumber.link)
        let description = MachineFile(taking: Supervisor.FileNumber.description)
        let bytes = try description.readAll(atMost: 64 << 20)
        guard let machine = try? JSONText.decode(MachineDescription.self, from: bytes) else {
            throw MachineError(.descriptionInvalid, subject: "the description of a machine")
        }
        let first = Supervisor.FileNumber.kernel
        let files = (0..<2 + machine.disks.count).map { MachineFile(taking: first + Int32($0)) }
        return (machine, files, link)
    }

    /// Reports to the command that the machine could not start, in the supervisor.
    ///
    /// - Parameters:
    ///   - error: The reason.
    ///   - link: The socket to the command.
    package static func report(_ error: MachineError, to link: MachineFile) {
        _ = link.send(Array(MachineEvent.failed(error).line.utf8))
    }

    /// Waits for the next event, or for a signal.
    ///
    /// - Parameter signals: A descriptor with one byte per signal; each requests the stop.
    /// - Returns: The event; nil where the supervisor ended without a final event.
    package func next(signals: Int32) -> MachineEvent? {
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(pending[..<end])
                pending.removeSubrange(...end)
                if let event = try? JSONText.decode(MachineEvent.self, from: line) { return event }
                continue
            }
            var items = [Supervisor.item(signals), Supervisor.item(link.number)]
            // Safe: the list is ours, and its own size is passed.
            _ = unsafe poll(&items, nfds_t(items.count), -1)
            if Self.takeSignal(signals) { stop() }
            switch link.receive() {
            case .nothing: break
            case .bytes(let bytes): pending += bytes
            case .closed:
                _ = supervisor.waitUntilEnd()
                // Listing the machines removes the folder of a dead supervisor.
                _ = root.machines()
                return nil
            }
        }
    }

    /// Requests the machine's stop; a second request kills it.
    package func stop() {
        _ = link.send([Supervisor.Request.stop])
    }

    /// Detaches the machine, so that it continues without this process.
    package func detach() {
        _ = link.send([Supervisor.Request.detach])
    }

    private static func takeSignal(_ signals: Int32) -> Bool {
        var byte: UInt8 = 0
        // Safe: one byte of our own is passed; the descriptor does not block.
        return unsafe read(signals, &byte, 1) == 1
    }
}

extension MachineDescription.Offer {
    /// Checks that the guest's limits allow what it is offered.
    ///
    /// - Throws: `machine.argument-too-long`.
    func check() throws(MachineError) {
        for text in arguments + environment where text.utf8.count > HostMessage.maximumPayload {
            throw MachineError(
                .argumentTooLong,
                subject: "an argument or a variable for the application",
                expected: "at most \(HostMessage.maximumPayload) bytes",
                found: "\(text.utf8.count)"
            )
        }
        let count = max(arguments.count, environment.count)
        guard count <= HostMessage.maximumCount else {
            throw MachineError(
                .argumentTooLong,
                subject: "arguments or variables for the application",
                expected: "at most \(HostMessage.maximumCount)",
                found: "\(count)"
            )
        }
    }
}
