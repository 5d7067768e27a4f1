import ArgumentParser
import Machine
import MachineLaunch

/// The options of every command that starts a machine.
struct MachineOptions: ParsableArguments {
    @Option(help: "The machine's name for ps, stop and logs. Without it, one is made.")
    var name: String?

    @Option(help: "kvm or tcg. Without it, KVM is tried once, and software emulation is what is left.")
    var accelerator: Accelerator?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Lead a port of this host, 0 for a free one, into the guest; repeatable. The address is 127.0.0.1 unless given.",
            valueName: "[address:]port:guest-port"
        )
    )
    var publish: [PublishedPort] = []

    @Option(
        help: ArgumentHelp(
            "A variable for the application, where the guest takes it; repeatable.",
            valueName: "name=value"
        )
    )
    var env: [String] = []

    @Option(help: MountArgument.help)
    var mount: [MountArgument] = []

    @Option(help: ArgumentHelp("Stop the machine after so many seconds.", valueName: "seconds"))
    var timeLimit: Double?

    @Option(help: ArgumentHelp("Give up where the guest is not ready after so many seconds.", valueName: "seconds"))
    var startLimit: Double?

    @Flag(name: .shortAndLong, help: "Leave the machine running, and come back when it is ready.")
    var detach = false

    @Flag(help: "Print QEMU's command line, and start nothing.")
    var dryRun = false

    @Flag(help: "Say when each stage of the start was reached.")
    var timing = false

    @Flag(help: "Print events as JSON, a line each.")
    var json = false

    @Flag(inversion: .prefixedNo, help: "Show the console of a debug machine.")
    var console = true

    @Option(help: ArgumentHelp("Another QEMU than the search path has.", valueName: "program"))
    var qemu: String?

    @Option(help: ArgumentHelp("Another software TPM than the search path has.", valueName: "program"))
    var swtpm: String?

    @Option(help: ArgumentHelp("Another UEFI firmware than the distribution's.", valueName: "file"))
    var firmware: String?

    func validate() throws {
        if let name, !RuntimeFolder.isName(name) {
            throw ValidationError("--name takes 1 to 64 letters, digits, dots, lines and dashes, found '\(name)'.")
        }
        for variable in env where !variable.contains("=") || variable.hasPrefix("=") {
            throw ValidationError("--env takes NAME=VALUE, found '\(variable)'.")
        }
        for limit in [timeLimit, startLimit].compactMap(\.self) where !(limit > 0 && limit < 1e9) {
            throw ValidationError("a limit is more than 0 seconds, found \(limit).")
        }
        if detach, dryRun { throw ValidationError("--dry-run starts nothing that --detach could leave.") }
    }

    /// What the options ask of a machine.
    var launchOptions: LaunchOptions {
        var options = LaunchOptions()
        options.name = name
        options.accelerator = accelerator
        options.programs.qemu = qemu
        options.programs.swtpm = swtpm
        options.programs.firmware = firmware
        options.ports = publish.map(\.port)
        options.environment = env
        options.mounts = MountedImages(mount.map(\.pair))
        options.timeLimitInSeconds = timeLimit
        options.startLimitInSeconds = startLimit
        options.isDetached = detach
        return options
    }
}

extension Accelerator: ExpressibleByArgument {}

/// `[ADDRESS:]PORT:GUEST-PORT`.
struct PublishedPort: ExpressibleByArgument, Equatable {
    let port: MachineDescription.Port

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), let guest = UInt16(parts[parts.count - 1]), guest > 0,
            let host = UInt16(parts[parts.count - 2]), parts.count == 2 || !parts[0].isEmpty
        else { return nil }
        port = MachineDescription.Port(
            hostAddress: parts.count == 3 ? parts[0] : "127.0.0.1",
            hostPort: host,
            guestPort: guest
        )
    }
}
