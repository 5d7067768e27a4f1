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
        machine.disks = package.parts.filter { $0.name.hasSuffix(".img") }.map {
            MachineDescription.Disk(offset: $0.offset, size: $0.size)
        }
        machine.isDebug = manifest.isDebug
        machine.offer.arguments = arguments
        machine.offer.manifest = Base64Bytes(package.manifestBytes)
        machine.offer.manifestSignature = Base64Bytes(package.signatureBytes)
        machine.identity = "\(manifest.name) \(Hexadecimal.text(manifest.digest))"
        try machine.publish(options.ports, allowed: manifest.machine.ports)
        return PlannedMachine(description: machine, files: try files())
    }

    /// The kernel and the initial file system are verified again while they are copied; hash trees verify the disks.
    private func files() throws -> [MachineFile] {
        var files: [MachineFile] = []
        for name in [Manifest.PartName.kernel, Manifest.PartName.initialFileSystem] {
            files.append(MachineFile(sharing: try package.copyToMemory(name)))
        }
        return files + package.manifest.disks.map { _ in MachineFile(sharing: package.file) }
    }
}
