import ArgumentParser
import CLinux
import Diagnostics
import Machine

/// `adyton supervise-machine`: the supervisor process of one machine.
///
/// Only `adyton` itself calls it.
struct SuperviseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: RunningMachine.supervisorCommand,
        abstract: "Supervise a machine, with the open files that another adyton passes on.",
        shouldDisplay: false
    )

    func run() throws {
        let signals = linux_catch_signals()
        let (machine, files, link) = try RunningMachine.inherited()
        do {
            let supervisor = try Supervisor(machine, files: files, link: link, output: 1, root: RuntimeFolder())
            supervisor.run(signals: signals)
        } catch {
            RunningMachine.report(error, to: link)
            throw ExitStatus.systemError
        }
    }
}
