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
            // QEMU would never notice the end of a command channel with descriptor number 0.
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

    /// Kills the software TPM; its state is no longer needed.
    func endTPM() {
        Self.end(tpm)
    }

    private static func end(_ tpm: ChildProcess?) {
        tpm?.signal(SIGKILL)
        _ = tpm?.waitUntilEnd()
    }

    /// Has the developer's authority certify a new TPM before any guest can use it.
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

/// The tail of a program's standard error.
struct StderrTail {
    /// The number of bytes kept: the reason is at the end.
    static let maximumLength = 1024

    private let source: MachineFile
    private var isOpen = true
    private var bytes: [UInt8] = []

    init(_ source: MachineFile) {
        self.source = source
    }

    /// The descriptor to poll; -1 after the end of the output.
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

    /// The tail as one line, without control characters.
    var text: String {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            String(String.UnicodeScalarView(line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }))
        }
        return lines.suffix(3).joined(separator: "; ")
    }

    /// The tail, or how the program ended where it wrote nothing.
    func text(or end: ProcessEnd) -> String {
        text.isEmpty ? end.text : text
    }
}
