import Files
package import GuestInterface
package import PackageManifest
package import RootFileSystem

/// A launch in the developer's sandbox: a machine's plan without the parts that require a machine.
package struct SandboxLaunch: Equatable, Sendable {
    /// The variable by which an application detects the sandbox, as under Mystikos.
    package static let target = "MYST_TARGET=linux"

    /// The launch plan, including the host's variables and arguments.
    package let plan: LaunchPlan
    /// The requirements; only ports and outbound connections apply here.
    package let needs: MachineRequirements
    /// The folders that the sandbox makes by itself, and that a machine would not have: the root lacks them.
    package let missingFolders: [String]

    /// Creates a launch from a configuration and a verified root file system.
    ///
    /// - Parameters:
    ///   - configuration: What is to run.
    ///   - root: The file system's image.
    ///   - dataSize: Where the file system ends in it, in bytes.
    ///   - hostEnvironment: Variables of the host's; only those that the configuration names.
    ///   - hostArguments: Arguments of the host's; they count only where the configuration takes them.
    ///   - volumes: The images of the configuration's ext2 mounts, in their order.
    /// - Throws: `package.*`, `config.*`.
    package init(
        configuration: PackageConfiguration,
        root: Descriptor,
        dataSize: Int,
        hostEnvironment: [String],
        hostArguments: [String],
        volumes: [VerityVolume] = []
    ) throws(PackageError) {
        var maker = try LaunchPlanBuilder(
            unpackaged: configuration,
            root: root,
            dataSize: dataSize,
            volumes: volumes
        )
        maker.isForSandbox = true
        var plan = try maker.plan()
        for text in hostEnvironment + [Self.target] {
            let name = text.prefix { $0 != "=" } + "="
            plan.application.environment.removeAll { $0.hasPrefix(name) }
            plan.application.environment.append(text)
        }
        if plan.application.takesHostArguments, !hostArguments.isEmpty { plan.application.arguments = hostArguments }
        // Resource limits replace a machine's memory and processors.
        plan.application.memoryInBytes = configuration.memoryInBytes.map { UInt64($0) }
        if plan.application.processors == nil {
            plan.application.processors = configuration.processors.map { UInt32($0) }
        }
        self.plan = plan
        needs = try maker.needs()
        missingFolders = ["/proc", "/sys", "/dev", "/tmp", "/run"].filter { !maker.root.isFolder($0) }
    }
}
