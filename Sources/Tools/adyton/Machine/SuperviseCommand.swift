import ArgumentParser
import CLinux
import Machine

/// `adyton supervise-machine`: the process that looks after one machine.
///
/// Only `adyton` itself calls it.
struct SuperviseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: RunningMachine.supervisorCommand,
        abstract: "Look after a machine, with the open files that another adyton hands over.",
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
