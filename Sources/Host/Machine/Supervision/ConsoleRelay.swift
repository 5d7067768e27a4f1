import Files
import Foundation

/// Copies a guest's console to a log of bounded size and to a watcher.
///
/// A watcher that does not read exerts backpressure on the guest, as a serial line does; at most one chunk is buffered.
struct ConsoleRelay {
    /// The size at which the log is rotated to `console.1`, in bytes.
    static let maximumLogSize = 8 << 20
    /// A writable pipe accepts this many bytes without blocking (pipe(7), PIPE_BUF).
    private static let pieceSize = 4096

    private let logPath: String?
    private var log: MachineFile?
    private var logSize = 0
    private var output: Int32?
    private var pending: [UInt8] = []
    private var isOpen = true
    /// The filter for the firmware's output; nil once process 1 has sent an event.
    private var firmware: FirmwareOutput? = FirmwareOutput()

    /// - Parameters:
    ///   - log: The log's path; nil for none.
    ///   - output: The watcher's descriptor; nil for none.
    init(log: String?, output: Int32?) {
        logPath = log
        self.output = output
        openLog()
    }

    /// The descriptor to poll: the console, or a watcher that is not writable.
    func items(source: MachineFile?) -> [pollfd] {
        if let output, !pending.isEmpty { return [pollfd(fd: output, events: Int16(POLLOUT), revents: 0)] }
        return [Supervisor.item(isOpen ? source?.number ?? -1 : -1)]
    }

    /// Copies the available bytes without blocking.
    mutating func move(from source: MachineFile?) {
        writePending(milliseconds: 0)
        guard let source, isOpen, pending.isEmpty else { return }
        switch source.receive(atMost: Self.pieceSize) {
        case .nothing: break
        case .closed: isOpen = false
        case .bytes(let bytes):
            add(bytes)
            if output != nil { pending = firmware?.text(of: bytes) ?? bytes }
            writePending(milliseconds: 0)
        }
    }

    /// Copies the rest after the guest's end; a watcher that does not read for two seconds loses it.
    mutating func drain(from source: MachineFile?) {
        while source != nil, isOpen {
            writePending(milliseconds: 2000)
            if !pending.isEmpty { output = nil }
            pending = []
            move(from: source)
        }
        writePending(milliseconds: 2000)
    }

    /// Stops filtering, once the firmware is done.
    mutating func endFirmware() {
        firmware = nil
    }

    /// Removes the watcher.
    mutating func closeOutput() {
        output = nil
        pending = []
        // Safe: the path is a string of our own that outlives the call.
        let nothing = unsafe Foundation.open("/dev/null", O_WRONLY | O_CLOEXEC)
        guard nothing >= 0 else { return }
        dup2(nothing, STDOUT_FILENO)
        close(nothing)
    }

    private mutating func writePending(milliseconds: Int32) {
        guard let output, !pending.isEmpty else { return }
        var item = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
        // Safe: one item of our own is passed.
        guard unsafe poll(&item, 1, milliseconds) == 1 else { return }
        // Safe: the buffer is ours, and its own size is passed.
        let count = unsafe write(output, pending, pending.count)
        if count > 0 {
            pending.removeFirst(count)
        } else if count < 0, errno != EINTR, errno != EAGAIN {
            self.output = nil
            pending = []
        }
    }

    private mutating func add(_ bytes: [UInt8]) {
        guard let log, let logPath else { return }
        // A full disk loses log lines and does not stop the machine.
        try? log.write(bytes)
        logSize += bytes.count
        guard logSize > Self.maximumLogSize else { return }
        // Safe: both names are strings of our own that outlive the call.
        _ = unsafe rename(logPath, logPath + ".1")
        openLog()
    }

    private mutating func openLog() {
        guard let logPath else { return }
        // Safe: the path is a string of our own that outlives the call.
        let number = unsafe Foundation.open(logPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        log = number >= 0 ? MachineFile(taking: number) : nil
        logSize = 0
    }
}

/// Keeps a machine's record and the list of its events.
struct Journal {
    /// The maximum number of events that are kept; a machine has about ten.
    static let maximumCount = 256

    private let folder: MachineFolder
    private var record: MachineRecord
    private var count = 0

    init(_ folder: MachineFolder, _ machine: MachineDescription) {
        self.folder = folder
        record = MachineRecord(machine, startedAt: Date())
        folder.write(record)
    }

    mutating func add(_ event: MachineEvent) {
        if event.kind == .stage { record.stage = event.name }
        if event.kind == .ended {
            record.stage = "ended"
            record.ending = event
        }
        folder.write(record)
        guard count < Self.maximumCount else { return }
        count += 1
        // Safe: the path is a string of our own that outlives the call.
        let number = unsafe Foundation.open(
            folder.events,
            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
            0o600
        )
        guard number >= 0 else { return }
        try? MachineFile(taking: number).write(Array(event.line.utf8))
    }
}
