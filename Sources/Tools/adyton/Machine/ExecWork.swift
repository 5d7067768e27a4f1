import ArgumentParser
import EnclavePackage
import Files
import Foundation
import GuestInterface
import Machine
import PackageManifest
import RootFileSystem

/// Puts a machine together from a root file system and an application, and runs it.
struct ExecWork {
    let command: String
    let arguments: ExecArguments

    private var session: MachineSession { MachineSession(command: command, options: arguments.machine) }

    /// - Parameter platform: What to launch; nil for the best that this host has.
    /// - Throws: The exit status.
    func run(on platform: Platform?) throws {
        do {
            let platform = platform ?? bestPlatform
            let programs = try HostPrograms.find(for: platform, choice: arguments.machine.choice)
            let (machine, files) = try prepare(platform, programs)
            try session.run(machine, files: files)
        } catch {
            throw session.failure(error)
        }
    }

    private var bestPlatform: Platform {
        for platform in [Platform.snp, .tdx] {
            guard let programs = try? HostPrograms.find(for: platform, choice: arguments.machine.choice) else {
                continue
            }
            let facts = HostFacts.ofThisHost(qemu: programs.qemu, firmware: programs.firmware)
            if facts.lacks(for: platform).isEmpty { return platform }
        }
        session.say("this host has neither SEV-SNP nor TDX (see adyton doctor); taking a measured virtual machine")
        return .vtpm
    }

    private func prepare(
        _ platform: Platform,
        _ programs: HostPrograms
    ) throws -> (MachineDescription, [MachineFile]) {
        let configuration = try configuration()
        let meter = StandardError.isTerminal ? TransferProgress() : nil
        var report: ByteProgress.Report?
        if let meter { report = { meter.show(done: $0, of: $1) } }
        defer { meter?.finish() }
        let root = try RootDisk(
            arguments.application.words[0],
            trust: arguments.application.root.trust(),
            options: arguments.application.tree.options(),
            progress: report
        )
        let guest = try GuestFiles.find(
            kernel: arguments.kernel,
            initProgram: arguments.initial,
            modules: arguments.modules
        )
        let launch = try UnpackagedLaunch(
            configuration: configuration,
            root: root.image.file,
            dataSize: root.dataSize,
            guest: guest,
            usualEnvironment: ApplicationArguments.usualEnvironment
        )
        let initial = try MachineFile(inMemory: "adyton-initial")
        try initial.write(launch.initialFileSystem)
        var machine = MachineDescription(
            name: arguments.machine.name ?? MachineSession.newName(arguments.application.words[1]),
            platform: platform,
            accelerator: session.accelerator(for: platform, programs: programs),
            programs: programs,
            commandLine: KernelCommandLine(root: root.volume, isDebug: launch.plan.isDebug).text
        )
        machine.take(launch.needs)
        try writePolicy(of: launch, machine, kernel: guest.kernel)
        machine.disks = [MachineDescription.Disk(size: root.size)]
        try machine.publish(arguments.machine.publish.map(\.port), allowed: nil)
        machine.isDebug = launch.plan.isDebug
        machine.identity = "\(arguments.application.words[0]) \(launch.plan.application.path)"
        return (machine, [try MachineFile(opening: guest.kernel), initial, root.file])
    }

    /// Writes the policy that was asked for, of the very bytes that are started.
    private func writePolicy(of launch: UnpackagedLaunch, _ machine: MachineDescription, kernel: String) throws {
        guard let path = arguments.insecurePolicy else { return }
        guard machine.platform == .vtpm else {
            throw ValidationError("--insecure-policy is for exec-vm: on SEV-SNP and TDX the firmware counts, too.")
        }
        try DeveloperPolicy(
            kernel: kernel,
            initialFileSystem: launch.initialFileSystem,
            commandLine: machine.commandLine,
            needs: launch.needs
        ).write(to: path, name: machine.name)
    }

    /// The configuration that the command line stands for; where a file is named, the file comes first.
    private func configuration() throws -> PackageConfiguration {
        var configuration = try arguments.application.configuration(hostEnvironment: arguments.machine.env)
        guard arguments.application.appConfigPath == nil else { return configuration }
        configuration.isDebug = !arguments.sealed
        configuration.hasOutboundNetwork = arguments.outbound
        if let port = arguments.readyPort { configuration.readiness = PackageConfiguration.Readiness(port: port) }
        return configuration
    }
}

extension MachineDescription {
    /// Takes in what a package or a configuration asks for.
    mutating func take(_ needs: MachineRequirements) {
        memoryInMebibytes = needs.memoryInBytes >> 20
        processors = needs.processors
        limits.runInSeconds = needs.timeLimitInSeconds.map(Double.init)
        // The plan always has an interface, so the machine has one; it leads nowhere where nothing is said.
        network = Network(
            ports: needs.ports.map { Port(hostPort: 0, guestPort: $0) },
            isOutboundAllowed: needs.hasOutboundNetwork
        )
    }

    /// Puts the host's ports to the guest's.
    ///
    /// - Parameters:
    ///   - ports: What the command line says.
    ///   - allowed: The guest's ports that may be published; nil for every one.
    /// - Throws: A validation error for a port that the package does not name.
    mutating func publish(_ ports: [Port], allowed: [UInt16]?) throws {
        for port in ports {
            if let allowed, !allowed.contains(port.guestPort) {
                let names = allowed.map(String.init).joined(separator: ", ")
                throw ValidationError(
                    "--publish \(port.guestPort): the package names \(names.isEmpty ? "no port" : "only \(names)")."
                )
            }
            if let index = network?.ports.firstIndex(where: { $0.guestPort == port.guestPort && $0.hostPort == 0 }) {
                network?.ports[index] = port
            } else {
                network?.ports.append(port)
            }
        }
    }
}
