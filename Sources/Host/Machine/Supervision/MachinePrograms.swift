import DeveloperTrust
import Files
import Foundation

/// The programs of one machine, and the supervisor's ends of their channels.
struct MachinePrograms {
    let qemu: ChildProcess
    let tpm: ChildProcess?
    let monitor: MachineFile
    let control: MachineFile
    let console: MachineFile?
    var qemuWords: StderrTail
    var tpmWords: StderrTail
    var isMonitorOpen = true
    var isControlOpen = true

    /// Starts the software TPM where the platform has one, and QEMU.
    init(_ machine: MachineDescription, files: [MachineFile]) throws(MachineError) {
        guard files.count == 2 + machine.disks.count else {
            throw MachineError(
                .descriptionInvalid,
                subject: machine.name,
                expected: "\(2 + machine.disks.count) files",
                found: "\(files.count)"
            )
        }
        let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]
        var tpm: ChildProcess?
        var tpmChannel: MachineFile?
        let (tpmWords, tpmErrors) = try MachineFile.socketPair()
        if let program = machine.programs.swtpm {
            let state = try MachineFile(inMemory: "adyton-tpm")
            let (channel, theirs) = try MachineFile.socketPair()
            // A way for commands that got the number 0 would never be seen to end.
            let nothing = try MachineFile(opening: "/dev/null")
            tpm = try ChildProcess(
                program,
                SoftwareTPM.arguments,
                environment: environment,
                files: [nothing, nothing, tpmErrors, state, theirs]
            )
            tpmChannel = channel
            do throws(MachineError) {
                try Self.certify(channel, for: machine)
            } catch {
                Self.end(tpm)
                throw error
            }
        }
        let (monitor, theirMonitor) = try MachineFile.socketPair()
        let (control, theirControl) = try MachineFile.socketPair()
        let (console, theirConsole) = try MachineFile.socketPair()
        let (qemuWords, qemuErrors) = try MachineFile.socketPair()
        let channels = [nil, nil, qemuErrors, theirMonitor, theirControl]
        let optional = [machine.isDebug ? theirConsole : nil, tpmChannel]
        do throws(MachineError) {
            qemu = try ChildProcess(
                machine.programs.qemu,
                QemuCommandLine(machine, processor: .ofThisHost()).arguments,
                environment: environment,
                files: channels + optional + files
            )
        } catch {
            Self.end(tpm)
            throw error
        }
        self.tpm = tpm
        self.monitor = monitor
        self.control = control
        self.console = machine.isDebug ? console : nil
        self.qemuWords = StderrTail(qemuWords)
        self.tpmWords = StderrTail(tpmWords)
    }

    mutating func readWords() {
        qemuWords.read()
        tpmWords.read()
    }

    /// Ends the software TPM, whose state nobody needs any more.
    func endTPM() {
        Self.end(tpm)
    }

    private static func end(_ tpm: ChildProcess?) {
        tpm?.signal(SIGKILL)
        _ = tpm?.waitUntilEnd()
    }

    /// Has the developer's authority vouch for a TPM that was made just now, as long as nobody else has it.
    private static func certify(_ channel: MachineFile, for machine: MachineDescription) throws(MachineError) {
        guard let folder = machine.authorityFolder else { return }
        let authority: DeveloperAuthority
        do throws(DeveloperTrustError) {
            authority = try DeveloperAuthority(in: folder)
        } catch {
            throw MachineError(.tpmRefused, subject: folder, found: "\(error)")
        }
        try TpmProvisioning(authority: authority, now: Date()).run(over: channel)
    }
}

/// The last of what a program wrote to its standard error.
struct StderrTail {
    /// What is kept, in bytes: the reason stands at the end.
    static let maximumLength = 1024

    private let source: MachineFile
    private var isOpen = true
    private var bytes: [UInt8] = []

    init(_ source: MachineFile) {
        self.source = source
    }

    /// The descriptor to wait for; -1 once nothing comes any more.
    var number: Int32 { isOpen ? source.number : -1 }

    mutating func read() {
        while isOpen {
            switch source.receive() {
            case .nothing: return
            case .closed: isOpen = false
            case .bytes(let more): bytes = Array((bytes + more).suffix(Self.maximumLength))
            }
        }
    }

    /// What was kept as one line, without what a terminal would take for a command.
    var text: String {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            String(String.UnicodeScalarView(line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }))
        }
        return lines.suffix(3).joined(separator: "; ")
    }

    /// What was kept, or how the program ended where it said nothing.
    func text(or end: ProcessEnd) -> String {
        text.isEmpty ? end.text : text
    }
}
