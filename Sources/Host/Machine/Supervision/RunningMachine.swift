import CLinux
import Files
import Foundation
import GuestInterface
import StrictJSON

/// A machine as the command that started it sees it: events come out, the wish to stop goes in.
///
/// The machine itself is looked after by a process of its own, another copy of this program. When this value goes away,
/// or this process is ended, the machine ends, unless it was detached.
package final class RunningMachine {
    /// The name of the subcommand that looks after a machine.
    package static let supervisorCommand = "supervise-machine"

    private let link: MachineFile
    private let supervisor: ChildProcess
    private let root: RuntimeFolder
    private var pending: [UInt8] = []

    /// Starts a machine's supervisor.
    ///
    /// - Parameters:
    ///   - machine: What is to be started; its ports are chosen and its programs found.
    ///   - files: The kernel, the initial file system and the disks, each open for reading.
    ///   - program: This program.
    ///   - console: A descriptor to which a debug machine's console goes; nil for nowhere but its log.
    ///   - root: Where machines have their folders.
    ///   - environment: The supervisor's environment, from which it finds the same folders.
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

    /// Reads what a supervisor was started with, in the supervisor.
    ///
    /// - Returns: The machine, its files and the link to the command that wants it.
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

    /// Tells the command that the machine could not be started, from the supervisor.
    ///
    /// - Parameters:
    ///   - error: Why not.
    ///   - link: The link to the command.
    package static func report(_ error: MachineError, to link: MachineFile) {
        _ = link.send(Array(MachineEvent.failed(error).line.utf8))
    }

    /// Waits for the next event, or for a signal.
    ///
    /// - Parameter signals: A descriptor with a byte for each signal; each asks the machine to stop.
    /// - Returns: The event; nil where the supervisor is gone without a last word.
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
                // Its folder is removed by whoever looks next, and that is us.
                _ = root.machines()
                return nil
            }
        }
    }

    /// Asks the machine to stop; a second time ends it by force.
    package func stop() {
        _ = link.send([Supervisor.Request.stop])
    }

    /// Lets the machine go on without this process.
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
    /// Checks that a guest takes what it is offered.
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
