import ArgumentParser
import CLinux
import DeveloperTrust
import EnclavePackage
import Files
import Foundation
import Machine
import PackageManifest
import RootFileSystem

/// Starts a machine for a command and stays with it: tells its events, passes signals on, and ends with its status.
struct MachineSession {
    /// The command's name, for messages.
    let command: String
    let options: MachineOptions

    /// Chooses what runs a machine's instructions.
    func accelerator(for platform: Platform, programs: HostPrograms) -> Accelerator {
        if let chosen = options.accelerator { return chosen }
        if platform.isConfidential { return .kvm }
        let (answer, isNew) = AcceleratorProbe(qemu: programs.qemu).answer()
        if isNew, let reason = answer.reason {
            say("KVM cannot be used here (\(reason)); machines run in software, about ten times slower")
        }
        return answer.accelerator
    }

    /// Starts a machine and stays with it until it ends, or is ready where it goes on by itself.
    ///
    /// - Parameters:
    ///   - machine: What to start; ports, limits and variables of the options are put in here.
    ///   - files: The kernel, the initial file system and the disks.
    /// - Throws: The exit status that the machine's end asks for.
    func run(_ machine: MachineDescription, files: [MachineFile]) throws {
        var machine = machine
        machine.isDetached = options.detach
        machine.offer.environment += options.env
        machine.limits.runInSeconds = options.timeLimit ?? machine.limits.runInSeconds
        machine.limits.startInSeconds = options.startLimit ?? machine.limits.startInSeconds
        if machine.accelerator == .tcg, machine.processors > 1 {
            let version = EmulatorVersion.ofProgram(machine.programs.qemu)
            machine.hasThreadPerProcessor = version?.hasSafeTranslationThreads ?? false
        }
        if options.dryRun {
            let line = QemuCommandLine(machine, processor: .ofThisHost()).shellText(program: machine.programs.qemu)
            return try printResult(line + "\n")
        }
        do {
            try refuse(machine.platform, machine.programs)
            if machine.platform == .vtpm { try makeAuthority(for: &machine) }
            try machine.network?.choosePorts()
            let root = try RuntimeFolder()
            if machine.isDebug { say("DEBUG machine: its host can read everything that it does") }
            let signals = linux_catch_signals()
            let running = try RunningMachine(
                machine,
                files: files,
                console: options.console && !options.json && !options.detach ? STDOUT_FILENO : nil,
                root: root
            )
            try follow(running, machine, signals: signals)
        } catch {
            throw failure(error)
        }
    }

    /// Refuses a platform that this host cannot launch, with everything that is missing.
    private func refuse(_ platform: Platform, _ programs: HostPrograms) throws(MachineError) {
        guard platform.isConfidential else { return }
        let facts = HostFacts.ofThisHost(qemu: programs.qemu, firmware: programs.firmware)
        let lacks = facts.lacks(for: platform)
        guard !lacks.isEmpty else { return }
        throw MachineError(
            .hardwareMissing,
            subject: "\(platform.rawValue) cannot be launched on this host",
            expected: lacks.map { "\($0.what) (\($0.remedy))" }.joined(separator: ", ")
        )
    }

    /// Names the developer's authority, which vouches for the software TPM; on first use it is made, and announced.
    private func makeAuthority(for machine: inout MachineDescription) throws(DeveloperTrustError) {
        let folder = DeveloperAuthority.folder()
        let isNew = !FileManager.default.fileExists(atPath: folder)
        let authority = try DeveloperAuthority(in: folder)
        if isNew { say("made a developer's authority for virtual TPMs, \(authority.fingerprint), in \(folder)") }
        machine.authorityFolder = folder
    }

    private func follow(_ running: RunningMachine, _ machine: MachineDescription, signals: Int32) throws {
        while let event = running.next(signals: signals) {
            if options.json { try printResult(event.line) }
            switch event.kind {
            case .stage:
                if options.timing, !options.json { say(String(format: "%8.3f s  %@", event.seconds, event.name)) }
                guard event.name == "ready" else { continue }
                try announce(machine)
                if machine.isDetached {
                    running.detach()
                    return
                }
            case .ended, .failed:
                let status = event.exitStatus ?? 71
                if event.name != "application.exited" || status != 0, !options.json {
                    say("\(event.sentence ?? "") (\(event.name))")
                }
                if event.name == "machine.start-limit", machine.accelerator == .kvm {
                    AcceleratorProbe(qemu: machine.programs.qemu).distrust()
                }
                throw ExitCode(status)
            }
        }
        say("the process that looks after the machine was ended; the machine ended with it (machine.supervisor-lost)")
        throw ExitCode(113)
    }

    private func announce(_ machine: MachineDescription) throws {
        guard !options.json else { return }
        for port in machine.network?.ports ?? [] {
            say("port \(port.guestPort) of the guest is \(port.hostAddress):\(port.hostPort)")
        }
        say("\(machine.name) is ready")
        if machine.isDetached { try printResult(machine.name + "\n") }
    }

    /// The status that an error ends with; the error itself goes to standard error.
    func failure(_ error: any Error) -> any Error { Self.failure(error, command: command) }

    /// The same for a command that has no machine.
    static func failure(_ error: any Error, command: String) -> any Error {
        func say(_ line: String) { printError("adyton \(command): \(line)") }
        switch error {
        case let error as MachineError:
            say("\(error)")
            return error.exitStatus
        case let error as RootFileSystemError:
            say("\(error)")
            return error.exitStatus
        case let error as PackageError:
            say("\(error)")
            return error.exitStatus
        case let error as DeveloperTrustError:
            say("\(error)")
            return ExitStatus.systemError
        case is ExitCode, is ValidationError: return error
        default:
            say(error.localizedDescription)
            return ExitStatus.systemError
        }
    }

    /// A name that says what runs and that no other machine has.
    static func newName(_ subject: String) -> String {
        let word = subject.split(separator: "/").last.map(String.init) ?? ""
        let plain = String(word.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.prefix(24))
        return (plain.isEmpty ? "machine" : plain) + "-" + String(UInt32.random(in: 0...UInt32.max), radix: 16)
    }

    func say(_ line: String) {
        printError("adyton \(command): \(line)")
    }
}

extension MachineError {
    /// The status that a command ends with.
    var exitStatus: ExitCode {
        switch code {
        case .programMissing, .firmwareMissing, .hardwareMissing, .acceleratorUnusable, .nameUnknown:
            ExitStatus.unavailable
        case .partUnreadable: ExitStatus.noInput
        case .nameInvalid, .argumentTooLong, .descriptionInvalid: ExitCode.validationFailure
        case .nameTaken, .portTaken, .folderUnsafe, .systemRefused, .supervisorLost, .stopFailed, .tpmRefused:
            ExitStatus.systemError
        }
    }
}
