import ArgumentParser
import Diagnostics
import Dispatch
import Foundation
import GuestInterface
import RootFileSystem
import Sandbox

/// `adyton exec-linux`: an application on a root file system, without a virtual machine.
struct ExecLinuxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec-linux",
        abstract: "Run an application of a root file system in a sandbox of this host.",
        discussion: """
            For developers: namespaces, a read-only root, a system call filter, Landlock and resource limits keep the
            application from the host, as root and as an ordinary user. Nothing keeps the host from the application,
            and nobody can prove to a client what runs.

            The root file system is a sealed ext2 image or a cpio archive, unpacked into memory that goes with the
            sandbox, or a folder, which is packed first. An image's every block is compared with its hash tree.
            Options stand before the root file system; what follows the application is the application's.

            EXAMPLE
              adyton exec-linux appdir /bin/echo hello
              adyton exec-linux --port 8000 --roothash rootfs.hash rootfs.img /bin/server --verbose

            EXIT STATUS
              The application's own; 128 and the signal's number where a signal ended it; 125 where the sandbox could
              not be made.
            """
    )

    @OptionGroup var root: RootArguments

    @Option(
        help: ArgumentHelp(
            "A port of the application, and the host's port on the loopback interface at which it is found.",
            discussion: "0 takes one that is free. The application has no other way to a network.",
            valueName: "[host:]port"
        )
    )
    var port: [PortArgument] = []

    @Flag(help: "Give the application the host's network, and with it a way out.")
    var hostNetwork = false

    @Argument(help: "An ext2 image, a cpio archive or a folder.", completion: .file())
    var rootfs: String

    @Argument(help: "The program's absolute path in there.")
    var application: String

    @Argument(parsing: .captureForPassthrough, help: "The application's arguments.")
    var arguments: [String] = []

    func validate() throws {
        guard application.hasPrefix("/") else {
            throw ValidationError(
                "The application takes an absolute path in the root file system, found '\(application)'."
            )
        }
        guard !(hostNetwork && port.contains { $0.outside != $0.inside }) else {
            throw ValidationError("--host-network takes no other port of the host's than the application's.")
        }
    }

    func run() async throws {
        let image = try ImageWork.run("exec-linux") { report throws(RootFileSystemError) in
            try RootImage(opening: rootfs, trust: root.trust(), progress: report)
        }
        printError("adyton exec-linux: this sandbox protects the host from the application, nothing from the host.")
        var plan = LaunchPlan(application: LaunchPlan.Application(path: application))
        plan.application.arguments = arguments
        plan.application.environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/"]
        plan.mounts = [.memory(target: "/tmp", maximumBytes: nil, mode: 0o1777)]
        let ending: Sandbox.Ending
        do {
            ending = try await SandboxRun(
                plan: plan,
                image: image,
                ports: port.map { Sandbox.Port(inside: $0.inside, outside: $0.outside) },
                sharesNetwork: hostNetwork
            ).toEnd { [port] found in
                for (wanted, outside) in zip(port, found) {
                    printError("adyton exec-linux: port \(wanted.inside) is at 127.0.0.1:\(outside)")
                }
            }
        } catch let error as SandboxError {
            printError("adyton exec-linux: \(error)")
            throw error.code == .port ? ExitStatus.systemError : ExitStatus.sandboxFailure
        }
        withExtendedLifetime(image) {}
        switch ending {
        case .exited(0): return
        case .exited(let status): throw ExitCode(status)
        case .failed: throw ExitStatus.sandboxFailure
        }
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
