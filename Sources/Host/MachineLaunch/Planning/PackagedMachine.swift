import Diagnostics
package import EnclavePackage
import Files
import GuestInterface
import Machine
package import PackageManifest
import RootFileSystem
import StrictJSON

/// Plans the machine of a package, which determines everything but ports, name and limits.
package struct PackagedMachine {
    private let package: SealedPackage
    private let options: LaunchOptions
    private let arguments: [String]

    /// - Parameters:
    ///   - package: The package, with verified parts.
    ///   - options: The user's options.
    ///   - arguments: The application's arguments.
    /// - Throws: `launch.arguments-not-taken`, `launch.variable-not-taken`, which the guest would refuse later.
    package init(_ package: SealedPackage, options: LaunchOptions, arguments: [String] = []) throws(LaunchError) {
        let needs = package.manifest.machine
        if let first = arguments.first, !needs.takesHostArguments {
            throw LaunchError(.argumentsNotTaken, subject: "the package takes no arguments from its host", found: first)
        }
        for name in options.environment.map({ String($0.prefix { $0 != "=" }) })
        where !needs.hostEnvironment.contains(name) {
            throw LaunchError(
                .variableNotTaken,
                subject: "the package takes no such variable from its host",
                found: name
            )
        }
        self.package = package
        self.options = options
        self.arguments = arguments
    }

    /// Describes the machine and opens its files.
    ///
    /// The kernel and the initial file system are verified again while they are copied; hash trees verify the disks on
    /// every read.
    ///
    /// - Parameters:
    ///   - wanted: The user's platform; nil for the best that the host supports and the package allows.
    ///   - host: The host.
    ///   - notify: Receives notices for the user.
    /// - Returns: The machine.
    /// - Throws: `launch.platform-not-allowed`, `launch.port-not-named`, `machine.program-missing`,
    ///   `machine.firmware-missing`, `package.*`.
    package func planned(
        on wanted: Platform?,
        host: LaunchHost = .thisHost,
        notify: LaunchNotice.Receiver
    ) throws -> PlannedMachine {
        let manifest = package.manifest
        let choice = PlatformChoice(host: host, programs: options.programs)
        let platform = try choice.platform(allowed: manifest.machine.platforms, wanted: wanted)
        let programs = try host.programs(platform, options.programs)
        var machine = MachineDescription(
            name: options.name ?? MachineName.new(for: manifest.name),
            platform: platform,
            accelerator: choice.accelerator(for: platform, programs, wanted: options.accelerator, notify: notify),
            programs: programs,
            commandLine: manifest.commandLine
        )
        machine.take(manifest.machine)
        machine.take(options)
        machine.chooseEmulation(on: host)
        let plan = try package.launchPlan()
        let given = try givenDisks(plan)
        let (disks, diskFiles) = try allDisks(given)
        machine.disks = disks
        machine.isDebug = manifest.isDebug
        machine.offer.arguments = arguments
        machine.offer.manifest = Base64Bytes(package.manifestBytes)
        machine.offer.manifestSignature = Base64Bytes(package.signatureBytes)
        machine.identity = "\(manifest.name) \(Hexadecimal.text(manifest.digest))"
        try machine.publish(options.ports, allowed: manifest.machine.ports)
        var planned = PlannedMachine(description: machine, files: try files() + diskFiles)
        planned.isAttested = plan.gateway != nil || plan.attestation == .required
        return planned
    }

    /// The images that come with the command line, by the place of their mount among the configuration's ext2 mounts.
    ///
    /// The plan, which is measured, has the root hash of each, and the guest compares every block that it reads. Here the
    /// images are compared first, so that a wrong one is named before anything starts.
    private func givenDisks(_ plan: LaunchPlan) throws -> [Int: RootDisk] {
        let configuration = try PackageConfiguration(
            package.configuration(),
            file: Manifest.PartName.configuration
        )
        let mounts = configuration.mounts.filter { $0.kind == .ext2 }
        try options.mounts.check(against: mounts.filter(\.isGivenAtRun).map(\.target))
        var disks: [Int: RootDisk] = [:]
        for (index, mount) in mounts.enumerated() where mount.isGivenAtRun {
            guard let path = options.mounts.image(for: mount.target) else { throw MountedImages.missing(mount.target) }
            var trust = ImageTrust()
            for case .image(mount.target, _, let volume) in plan.mounts { trust.rootHashes.insert(volume.rootHash) }
            disks[index] = try RootDisk(path, trust: trust)
        }
        return disks
    }

    /// The machine's disks in their order: the root, the mounts in the configuration's order, the gateway.
    private func allDisks(_ given: [Int: RootDisk]) throws -> ([MachineDescription.Disk], [MachineFile]) {
        var disks: [MachineDescription.Disk] = []
        var files: [MachineFile] = []
        func add(_ disk: RootDisk) {
            disks.append(MachineDescription.Disk(size: disk.size))
            files.append(disk.file)
        }
        for part in package.parts where part.name.hasSuffix(".img") {
            // What is carried keeps its order, and what is given goes to its places between.
            while part.name != Manifest.PartName.root, let disk = given[disks.count - 1] { add(disk) }
            disks.append(MachineDescription.Disk(offset: part.offset, size: part.size))
            files.append(MachineFile(sharing: package.file))
        }
        while let disk = given[disks.count - 1] { add(disk) }
        return (disks, files)
    }

    /// Kernel and initial file system, compared again as they are copied.
    private func files() throws -> [MachineFile] {
        var files: [MachineFile] = []
        for name in [Manifest.PartName.kernel, Manifest.PartName.initialFileSystem] {
            files.append(MachineFile(sharing: try package.copyToMemory(name)))
        }
        return files
    }
}
