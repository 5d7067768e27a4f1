package import EnclavePackage
import Files
import Foundation
import GuestInterface
import Machine
package import PackageManifest
package import RootFileSystem

/// Plans a machine without a package: a root file system and an application of it, without a signature.
package struct UnpackagedMachine {
    /// The root file system's path: an image, an archive or a directory.
    package var root: String
    /// The root hash or signature to verify for an image.
    package var trust = ImageTrust()
    /// The options for packing a directory.
    package var tree = TreeOptions()
    /// The application and its requirements.
    package var configuration: PackageConfiguration
    /// Finds the kernel, process 1 and the modules; called last, so that other errors are reported first.
    private let findGuest: () throws -> GuestFiles
    /// Whether another kernel than a sealed one may be on SEV-SNP and TDX.
    package var acceptsUnsealedKernel = false
    /// What a person asks for beside the configuration.
    package var options = LaunchOptions()
    /// The host's arguments for the application; they count only where the configuration takes them.
    package var hostArguments: [String] = []
    /// Where the configuration's relative paths begin.
    package var configurationFolder = "."
    /// Where the policy goes that accepts this very machine, under the developer's root; nil for no policy.
    package var insecurePolicy: String?
    /// Whether an existing file of the policy's name is replaced.
    package var isReplacingPolicy = false

    /// - Parameters:
    ///   - root: The root file system's path.
    ///   - configuration: The application and its requirements.
    ///   - guest: The kernel, process 1 and the modules.
    package init(
        root: String,
        configuration: PackageConfiguration,
        guest: @autoclosure @escaping () throws -> GuestFiles
    ) {
        self.root = root
        self.configuration = configuration
        findGuest = guest
    }

    /// Packs the root file system if it has no hash tree, describes the machine and opens its files.
    ///
    /// - Parameters:
    ///   - wanted: The platform; nil for the best that the host supports.
    ///   - host: The host.
    ///   - progress: Reports the bytes that were packed or compared; see ``ByteProgress/Report``.
    ///   - notify: Receives notices for the user.
    /// - Returns: The machine; its policy was written if requested.
    /// - Throws: `machine.*`, `package.*`, `config.*`, `root.*`, `file.*`, `launch.policy-not-possible`.
    package func planned(
        on wanted: Platform?,
        host: LaunchHost = .thisHost,
        progress: ByteProgress.Report? = nil,
        notify: LaunchNotice.Receiver
    ) throws -> PlannedMachine {
        let choice = PlatformChoice(host: host, programs: options.programs)
        let platform = wanted ?? best(of: choice, notify: notify)
        if insecurePolicy != nil, platform != .vtpm {
            throw LaunchError(
                .policyNotPossible,
                subject: "--insecure-policy",
                expected: "exec-vm, for on SEV-SNP and TDX the firmware counts, too",
                found: platform.rawValue
            )
        }
        let programs = try host.programs(platform, options.programs)
        let disk = try RootDisk(root, trust: trust, options: tree, progress: progress)
        let mounted = try options.mounts.disks(
            of: configuration,
            seenFrom: configurationFolder,
            trust: trust,
            options: tree,
            progress: progress
        )
        let guest = try findGuest()
        let launch = try UnpackagedLaunch(
            configuration: configuration,
            root: disk.image.file,
            dataSize: disk.dataSize,
            guest: guest,
            acceptsUnsealedKernel: acceptsUnsealedKernel,
            on: platform,
            volumes: mounted.map(\.volume)
        )
        let initial = try MachineFile(inMemory: "adyton-initial")
        try initial.write(launch.initialFileSystem)
        let application = launch.plan.application.path
        var machine = MachineDescription(
            name: options.name ?? MachineName.new(for: application),
            platform: platform,
            accelerator: choice.accelerator(for: platform, programs, wanted: options.accelerator, notify: notify),
            programs: programs,
            commandLine: KernelCommandLine(root: disk.volume, isDebug: launch.plan.isDebug).text
        )
        machine.take(launch.needs)
        machine.take(options)
        if launch.plan.application.takesHostArguments { machine.offer.arguments = hostArguments }
        machine.chooseEmulation(on: host)
        machine.disks = ([disk] + mounted).map { MachineDescription.Disk(size: $0.size) }
        machine.isDebug = launch.plan.isDebug
        machine.identity = "\(root) \(application)"
        try machine.publish(options.ports, allowed: nil)
        if let path = insecurePolicy {
            try policy(of: launch, machine, kernel: launch.kernelPath).write(to: path, replacing: isReplacingPolicy)
        }
        var planned = PlannedMachine(
            description: machine,
            files: [try MachineFile(opening: launch.kernelPath), initial] + ([disk] + mounted).map(\.file)
        )
        planned.isAttested = launch.plan.attestation == .required
        return planned
    }

    private func best(of choice: PlatformChoice, notify: LaunchNotice.Receiver) -> Platform {
        if let found = choice.confidential(among: Platform.allCases) { return found }
        notify(.noConfidentialPlatform)
        return .vtpm
    }

    private func policy(
        of launch: UnpackagedLaunch,
        _ machine: MachineDescription,
        kernel: String
    ) -> DeveloperPolicy {
        DeveloperPolicy(
            name: machine.name,
            kernel: kernel,
            initialFileSystem: launch.initialFileSystem,
            commandLine: machine.commandLine,
            needs: launch.needs
        )
    }
}
