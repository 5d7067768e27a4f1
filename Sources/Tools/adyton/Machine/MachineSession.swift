import ArgumentParser
import CLinux
import DeveloperTrust
import Diagnostics
import Foundation
import Machine
import MachineLaunch

/// Starts a machine for a command and stays with it: prints its events, passes signals on, and ends with its status.
struct MachineSession {
    let options: MachineOptions

    /// Starts a machine and stays with it until it ends, or is ready where it goes on by itself.
    ///
    /// - Parameter planned: The machine.
    /// - Throws: The exit status that the machine's end asks for, and `machine.*` where it could not be started.
    func run(_ planned: PlannedMachine) throws {
        var planned = planned
        if options.dryRun { return try printResult(planned.commandLine() + "\n") }
        try planned.prepare(authorityFolder: DeveloperAuthority.folder()) { Message.print($0.text) }
        let root = try RuntimeFolder()
        if planned.description.isDebug { Message.print("DEBUG machine: its host can read everything that it does") }
        let signals = linux_catch_signals()
        let running = try RunningMachine(
            planned.description,
            files: planned.files,
            console: options.console && !options.json && !options.detach ? STDOUT_FILENO : nil,
            root: root
        )
        try follow(running, planned.description, signals: signals)
    }

    private func follow(_ running: RunningMachine, _ machine: MachineDescription, signals: Int32) throws {
        while let event = running.next(signals: signals) {
            if options.json { try printResult(event.line) }
            switch event.kind {
            case .stage:
                if options.timing, !options.json {
                    Message.print(String(format: "%8.3f s  %@", event.seconds, event.name))
                }
                guard event.name == "ready" else { continue }
                try announce(machine)
                if machine.isDetached {
                    running.detach()
                    return
                }
            case .ended, .failed:
                if event.name == "machine.start-limit", machine.accelerator == .kvm {
                    AcceleratorProbe(qemu: machine.programs.qemu).distrust()
                }
                throw end(event)
            }
        }
        Message.print(
            "the supervisor process ended, and the machine with it (machine.supervisor-lost)"
        )
        throw ExitCode(113)
    }

    /// The status of a machine's end, whose reason is printed unless all went well.
    private func end(_ event: MachineEvent) -> ExitCode {
        let status = event.exitStatus ?? ExitStatus(code: event.name).rawValue
        if event.name != "application.exited" || status != 0, !options.json {
            Message.print("\(event.sentence ?? "") (\(event.name))")
        }
        return ExitCode(status)
    }

    private func announce(_ machine: MachineDescription) throws {
        guard !options.json else { return }
        for port in machine.network?.ports ?? [] {
            Message.print("port \(port.guestPort) of the guest is \(port.hostAddress):\(port.hostPort)")
        }
        Message.print("\(machine.name) is ready")
        if machine.isDetached { try printResult(machine.name + "\n") }
    }
}
