import CLinux
import Files
import Foundation
import GuestInterface
import StrictJSON

/// Supervises one machine: starts QEMU and the software TPM, handles their events, and cleans up.
///
/// It runs in a process of its own, so that it survives a command that is killed by SIGKILL. If the supervisor is
/// killed, the kernel kills QEMU and the TPM, and one folder of text remains; everything else was in memory.
package final class Supervisor {
    /// The descriptor numbers that a supervisor inherits; the disks follow the initial file system.
    package enum FileNumber {
        package static let link: Int32 = 3
        package static let description: Int32 = 4
        package static let kernel: Int32 = 5
        package static let initialFileSystem: Int32 = 6
        package static let firstDisk: Int32 = 7
    }

    /// The command's requests, one byte each.
    package enum Request {
        /// Stop the machine; a second request kills it.
        package static let stop = UInt8(ascii: "s")
        /// Continue without the command.
        package static let detach = UInt8(ascii: "d")
    }

    let machine: MachineDescription
    let link: MachineFile
    private let folder: MachineFolder
    private let lock: MachineFile
    private var journal: Journal
    private var programs: MachinePrograms
    private var lifecycle: Lifecycle
    private var control = ControlReader()
    private var monitor = MonitorReader()
    private var console: ConsoleRelay
    private var toGuest: [UInt8] = []
    private var isDetached = false
    private var isLinkOpen = true
    private var wasAsked = false
    private let started: Double

    /// Starts a machine.
    ///
    /// - Parameters:
    ///   - machine: The machine to start.
    ///   - files: The kernel, the initial file system and the disks.
    ///   - link: The socket to the command: events out, requests in.
    ///   - output: The descriptor that receives the console besides the log; nil for none.
    ///   - root: The folder of the machines' folders.
    /// - Throws: `machine.name-taken`, `machine.system-refused`, and errors of starting a program.
    package init(
        _ machine: MachineDescription,
        files: [MachineFile],
        link: MachineFile,
        output: Int32?,
        root: RuntimeFolder
    ) throws(MachineError) {
        self.machine = machine
        self.link = link
        (folder, lock) = try root.create(machine.name)
        journal = Journal(folder, machine)
        console = ConsoleRelay(log: machine.isDebug ? folder.console : nil, output: output)
        lifecycle = Lifecycle(limits: machine.limits)
        started = Self.now
        do throws(MachineError) {
            programs = try MachinePrograms(machine, files: files)
        } catch {
            folder.remove()
            throw error
        }
    }

    /// Supervises the machine until it ends, and cleans up.
    ///
    /// - Parameter signals: A descriptor with one byte per signal; each requests the stop.
    /// - Returns: How the machine ended.
    @discardableResult
    package func run(signals: Int32) -> ExitReason {
        while true {
            if case .ended(let ending) = lifecycle.state { return finish(ending) }
            wait(signals: signals)
            readLink()
            readSignals(signals)
            readMonitor()
            // The guest's last events are handled before its end.
            readControl()
            console.move(from: programs.console)
            programs.readWords()
            readEnds()
            handle(.timePassed)
        }
    }

    /// Handles the end of QEMU, or of the TPM alone.
    ///
    /// The TPM ends as soon as QEMU closes its channel, which on a busy host is long before QEMU's own end. A TPM is lost
    /// only where QEMU outlives it.
    private func readEnds() {
        var qemuEnd = programs.qemu.ended()
        let tpmEnd = programs.tpm?.ended()
        if qemuEnd == nil, tpmEnd != nil { qemuEnd = programs.qemu.waitUntilEnd(milliseconds: 5000) }
        if let qemuEnd {
            drain()
            handle(.qemuEnded(qemuEnd, stderrTail: programs.qemuWords.text))
        } else if let tpmEnd {
            handle(.tpmEnded(stderrTail: programs.tpmWords.text(or: tpmEnd)))
        }
    }

    private func handle(_ event: Lifecycle.Event) {
        for action in lifecycle.handle(event, at: Self.now - started) {
            switch action {
            case .greetMonitor: _ = programs.monitor.send(Array(#"{"execute":"qmp_capabilities"}"#.utf8) + [10])
            case .offer:
                console.endFirmware()
                toGuest += offer
            case .askGuestToStop: toGuest += HostMessage.stop.bytes ?? []
            case .quitQemu: _ = programs.monitor.send(Array(#"{"execute":"quit"}"#.utf8) + [10])
            case .killQemu: programs.qemu.signal(SIGKILL)
            case .record(let stage): tell(.stage(stage, at: Self.now - started))
            }
        }
    }

    /// The messages that start a guest; texts that are too long were refused before.
    private var offer: [UInt8] {
        var messages = [HostMessage.clock(UInt64(max(0, Date().timeIntervalSince1970)))]
        messages += machine.offer.arguments.map { .argument($0) }
        messages += machine.offer.environment.map { .environment($0) }
        messages += HostMessage.pieces(
            manifest: machine.offer.manifest.bytes,
            signature: machine.offer.manifestSignature.bytes
        )
        return (messages + [.start]).flatMap { $0.bytes ?? [] }
    }

    // MARK: reading

    private func wait(signals: Int32) {
        var items = [
            Self.item(signals), Self.item(isLinkOpen ? link.number : -1),
            Self.item(programs.isControlOpen ? programs.control.number : -1, writes: !toGuest.isEmpty),
            Self.item(programs.isMonitorOpen ? programs.monitor.number : -1),
            Self.item(programs.qemu.file.number), Self.item(programs.tpm?.file.number ?? -1),
            Self.item(programs.qemuWords.number), Self.item(programs.tpmWords.number),
        ]
        items += console.items(source: programs.console)
        let deadline = lifecycle.deadline.map { max(0, started + $0 - Self.now) }
        // At most a minute, in case the clock jumps.
        let milliseconds = Int32(min(deadline ?? 60, 60) * 1000) + 1
        // Safe: the list is ours, and its own size is passed.
        _ = unsafe poll(&items, nfds_t(items.count), milliseconds)
    }

    static func item(_ number: Int32, writes: Bool = false) -> pollfd {
        pollfd(fd: number, events: Int16(POLLIN) | (writes ? Int16(POLLOUT) : 0), revents: 0)
    }

    private func readLink() {
        guard isLinkOpen else { return }
        switch link.receive() {
        case .nothing: break
        case .bytes(let bytes):
            for byte in bytes {
                switch byte {
                case Request.detach:
                    isDetached = true
                    console.closeOutput()
                case Request.stop:
                    wasAsked = true
                    handle(.stopAsked)
                default: break
                }
            }
        case .closed:
            isLinkOpen = false
            if !isDetached { handle(.launcherGone) }
        }
    }

    private func readSignals(_ signals: Int32) {
        var bytes = [UInt8](repeating: 0, count: 16)
        // Safe: the buffer is ours, and its own size is passed; the descriptor does not block.
        let count = unsafe read(signals, &bytes, bytes.count)
        guard count > 0 else { return }
        // The command handles a closed terminal.
        for byte in bytes[..<count] where byte != UInt8(SIGHUP) {
            wasAsked = true
            handle(.stopAsked)
        }
    }

    private func readControl() {
        guard programs.isControlOpen else { return }
        if !toGuest.isEmpty, let sent = programs.control.send(toGuest.prefix(65536)) { toGuest.removeFirst(sent) }
        switch programs.control.receive() {
        case .nothing: break
        case .closed:
            programs.isControlOpen = false
            handle(.controlClosed)
        case .bytes(let bytes):
            guard let events = control.read(bytes) else {
                programs.isControlOpen = false
                handle(.controlGarbled)
                return
            }
            for event in events { handle(.control(event)) }
        }
    }

    private func readMonitor() {
        guard programs.isMonitorOpen else { return }
        switch programs.monitor.receive() {
        case .nothing: break
        case .closed: programs.isMonitorOpen = false
        case .bytes(let bytes):
            for event in monitor.read(bytes) { handle(event) }
        }
    }

    /// Reads the rest of QEMU's sockets, after its exit.
    private func drain() {
        while programs.isMonitorOpen { readMonitor() }
        for _ in 0..<64 where programs.isControlOpen { readControl() }
        console.drain(from: programs.console)
        programs.readWords()
    }

    // MARK: the end

    private func finish(_ ending: ExitReason) -> ExitReason {
        programs.endTPM()
        let event = MachineEvent.ended(ending, at: Self.now - started)
        // A detached machine's folder stays for later commands; otherwise the command has the result.
        let isKept = isDetached && !wasAsked
        if isKept {
            tell(event)
        } else {
            folder.remove()
            send(event)
        }
        return ending
    }

    private func tell(_ event: MachineEvent) {
        journal.add(event)
        send(event)
    }

    private func send(_ event: MachineEvent) {
        if isLinkOpen { _ = link.send(Array(event.line.utf8)) }
    }

    /// Seconds on the monotonic clock.
    static var now: Double {
        var time = timespec()
        // Safe: the structure is ours and outlives the call.
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
