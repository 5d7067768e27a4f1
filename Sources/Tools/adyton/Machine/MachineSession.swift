import ArgumentParser
import CLinux
import DeveloperTrust
import Diagnostics
import Foundation
import Machine
import MachineLaunch
import PackageManifest

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
        if planned.description.isDebug {
            Message.print("DEBUG machine: its host can read everything that it does")
        } else if !options.json {
            Message.print("sealed machine: what the application prints stays inside; this host sees stages and the end")
        }
        if !options.json {
            let description = planned.description
            let how = description.accelerator == .kvm ? "" : ", in software: this takes a while"
            Message.print("starting \(description.name) on \(description.platform.rawValue)\(how)")
        }
        let signals = linux_catch_signals()
        let running = try RunningMachine(
            planned.description,
            files: planned.files,
            console: options.console && !options.json && !options.detach ? STDOUT_FILENO : nil,
            root: root
        )
        try follow(running, planned, signals: signals)
    }

    private func follow(_ running: RunningMachine, _ planned: PlannedMachine, signals: Int32) throws {
        let machine = planned.description
        // A console on the same terminal says more, and would run into the line.
        let hasConsole = machine.isDebug && options.console && !options.detach
        var progress = BootProgress(isShown: !options.json && !options.timing && !hasConsole)
        defer { progress.finish() }
        while let event = running.next(signals: signals) {
            if options.json { try printResult(event.line) }
            switch event.kind {
            case .stage:
                if options.timing, !options.json {
                    Message.print(String(format: "%8.3f s  %@", event.seconds, event.name))
                }
                guard event.name == "ready" else {
                    progress.show(event.name, after: event.seconds)
                    continue
                }
                progress.finish()
                try announce(planned)
                if machine.isDetached {
                    running.detach()
                    return
                }
            case .ended, .failed:
                progress.finish()
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

    private func announce(_ planned: PlannedMachine) throws {
        guard !options.json else { return }
        let machine = planned.description
        for port in machine.network?.ports ?? [] {
            Message.print("port \(port.guestPort) of the guest is \(port.hostAddress):\(port.hostPort)")
        }
        Message.print("\(machine.name) is ready")
        if let port = machine.network?.ports.first {
            // An address of all interfaces is reached on the loopback, too.
            let host = ["0.0.0.0", "::"].contains(port.hostAddress) ? "127.0.0.1" : port.hostAddress
            let place = "\(host):\(port.hostPort)"
            Message.print(
                planned.isAttested
                    ? "to ask it: adyton verify https://\(place) --policy FILE (adyton policy from PACKAGE writes one)"
                    : "to ask it, if it speaks HTTP: curl http://\(place)/"
            )
        }
        if machine.isDetached { try printResult(machine.name + "\n") }
    }
}
