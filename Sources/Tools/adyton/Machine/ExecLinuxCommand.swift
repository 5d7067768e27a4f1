import ArgumentParser
import Diagnostics
import EnclavePackage
import Foundation
import GuestInterface
import Machine
import MachineLaunch
import PackageManifest
import RootFileSystem
import Sandbox

/// `adyton exec-linux`: an application on a root file system, without a virtual machine.
struct ExecLinuxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec-linux",
        abstract: "Run an application of a root file system in a sandbox of this host.",
        discussion: """
            For developers: namespaces, a read-only root, a system call filter, Landlock
            and resource limits keep the application from the host, as root and as an
            ordinary user. The host can read and change everything in the sandbox, and
            no client can verify what runs.

            The root file system is a sealed ext2 image or a cpio archive, unpacked into
            memory that goes with the sandbox, or a folder, which is packed first. An
            image's every block is compared with its hash tree. What is run, and how, is
            said as for exec-vm, by options or by a configuration, and the image's
            appenv.json fills in the rest. The application finds MYST_TARGET=linux in
            its environment. Options stand before the root file system; what follows the
            application is the application's.

            EXAMPLE
              adyton exec-linux appdir /bin/echo hello
              adyton exec-linux --app-config-path config.json appdir /bin/server
              adyton exec-linux --port 8000 --env LEVEL=debug rootfs.img /bin/server -v
              adyton exec-linux --strace-filter openat:connect appdir /bin/server

            EXIT STATUS
              The application's own; 128 and the signal's number where a signal ended
              it; 125 where the sandbox could not be made.
            """
    )

    @OptionGroup var application: ApplicationArguments
    @OptionGroup(title: "Watching") var tracing: TracingOptions

    @Option(
        name: [.customShort("p"), .customLong("publish"), .customLong("port")],
        help: ArgumentHelp(
            "A port of the application, and the host's port on the loopback interface at which it is found.",
            discussion: "0 takes one that is free. The application has no other way to a network.",
            valueName: "[host:]port"
        )
    )
    var port: [PortArgument] = []

    @Option(
        help: ArgumentHelp(
            "A variable for the application, where the configuration takes it; repeatable.",
            valueName: "name=value"
        )
    )
    var env: [String] = []

    @Option(help: MountArgument.help)
    var mount: [MountArgument] = []

    @Flag(help: "Give the application the host's network, and with it a way out.")
    var hostNetwork = false

    func validate() throws {
        for variable in env where !variable.contains("=") || variable.hasPrefix("=") {
            throw ValidationError("--env takes NAME=VALUE, found '\(variable)'.")
        }
        guard !(hostNetwork && port.contains { $0.outside != $0.inside }) else {
            throw ValidationError("--host-network takes no other port of the host's than the application's.")
        }
    }

    func run() async throws {
        let (launch, root, mounted) = try prepare()
        Message.print("this sandbox protects the host from the application, nothing from the host.")
        let ports = ports(launch.needs)
        let command = Message.command
        let tracer = try tracing.tracer { line in Message.printLine("adyton \(command): \(line)") }
        let ending = try await SandboxRun(
            plan: launch.plan,
            image: root.image,
            mounts: mounted.map(\.image),
            ports: ports,
            sharesNetwork: hostNetwork,
            tracer: tracer
        ).toEnd { found in
            for (wanted, outside) in zip(ports, found) {
                Message.print("port \(wanted.inside) is at 127.0.0.1:\(outside)")
            }
        }
        withExtendedLifetime((root, mounted)) {}
        switch ending {
        case .exited(0): return
        case .exited(let status): throw ExitCode(status)
        case .failed: throw ExitStatus.sandboxFailure
        }
    }

    private func prepare() throws -> (SandboxLaunch, RootDisk, [RootDisk]) {
        let configuration = try application.configuration(hostEnvironment: env)
        let taken = configuration.hostEnvironment
        for name in env.map({ String($0.prefix { $0 != "=" }) }) where !taken.contains(name) {
            throw ValidationError("--env \(name): the configuration does not take it (HostEnvironmentVariables).")
        }
        let (root, mounted) = try TransferProgress.show { progress in
            let (trust, tree) = (try application.root.trust(), try application.tree.options())
            let root = try RootDisk(application.words[0], trust: trust, options: tree, progress: progress)
            let mounted = try MountedImages(mount.map(\.pair)).disks(
                of: configuration,
                seenFrom: application.configurationFolder,
                trust: trust,
                options: tree,
                progress: progress
            )
            return (root, mounted)
        }
        let launch = try SandboxLaunch(
            configuration: configuration,
            root: root.image.file,
            dataSize: root.dataSize,
            hostEnvironment: env,
            hostArguments: Array(application.words.dropFirst(2)),
            volumes: mounted.map(\.volume)
        )
        warn(configuration)
        if !launch.missingFolders.isEmpty {
            Message.print(
                "the root file system lacks \(launch.missingFolders.joined(separator: ", ")), which the sandbox makes and "
                    + "a machine does not: mkdir them, or use adyton appbuilder."
            )
        }
        return (launch, root, mounted)
    }

    /// The command line's ports, and those that configuration or image name beside them.
    private func ports(_ needs: MachineRequirements) -> [Sandbox.Port] {
        let named = port.map { Sandbox.Port(inside: $0.inside, outside: $0.outside) }
        let others = needs.ports.filter { number in !named.contains { $0.inside == number } }
        return named + others.map { Sandbox.Port(inside: $0, outside: 0) }
    }

    /// Says what of a configuration has no effect without a machine.
    private func warn(_ configuration: PackageConfiguration) {
        if configuration.hasOutboundNetwork, !hostNetwork {
            Message.print("the configuration asks for a way out, which the sandbox has with --host-network only.")
        }
        if configuration.timeLimitInSeconds != nil {
            Message.print("the configuration's time limit has no effect here.")
        }
        if configuration.readiness != nil { Message.print("the configuration's readiness has no effect here.") }
    }
}

/// A port of an application and of the host.
struct PortArgument: ExpressibleByArgument {
    let inside: UInt16
    let outside: UInt16

    init?(argument: String) {
        let numbers = argument.split(separator: ":", omittingEmptySubsequences: false).map { UInt16($0) }
        guard numbers.count <= 2, let inside = numbers.last ?? nil, inside > 0, let outside = numbers[0] else {
            return nil
        }
        self.inside = inside
        self.outside = outside
    }
}
