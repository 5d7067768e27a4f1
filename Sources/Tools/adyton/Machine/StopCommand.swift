import ArgumentParser
import Diagnostics
import Machine

/// `adyton stop`: ends a machine in order.
struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop machines in order, and by force after a while.",
        discussion: """
            The application gets SIGTERM and ten seconds, then the guest powers off.
            Exits with 0 where every machine stopped by itself, with 1 where one had to
            be ended by force.

            EXAMPLE
              adyton stop oracle
            """
    )

    @Option(help: ArgumentHelp("How long a machine may take before it is ended by force.", valueName: "seconds"))
    var within = 25.0

    @Argument(help: ArgumentHelp("The machines, as adyton ps shows them.", valueName: "name"))
    var names: [String]

    func validate() throws {
        guard (0...86400).contains(within) else {
            throw ValidationError("--within takes 0 to 86400 seconds, found \(within).")
        }
    }

    func run() throws {
        var status: ExitStatus?
        for name in names {
            do {
                let isOrderly = try RuntimeFolder().machine(named: name).stop(within: within)
                if !isOrderly {
                    Message.print("\(name) did not stop in time and was ended by force")
                    status = status ?? .negativeAnswer
                }
            } catch {
                Message.print("\(error)")
                status = ExitStatus(error)
            }
        }
        if let status { throw status }
    }
}
