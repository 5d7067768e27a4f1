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

    /// Creates a launch from a configuration and a verified root file system.
    ///
    /// - Parameters:
    ///   - configuration: The configuration; mounts of images require a package.
    ///   - root: The file system's image.
    ///   - dataSize: The size of the file system in the image, in bytes.
    ///   - usualEnvironment: Default variables, `NAME=VALUE`, which configuration and image override.
    ///   - hostEnvironment: The host's variables; those that the configuration names are used.
    ///   - hostArguments: The host's arguments, which are used only if the configuration allows them.
    /// - Throws: `package.*`, `config.*`.
    package init(
        configuration: PackageConfiguration,
        root: Descriptor,
        dataSize: Int,
        usualEnvironment: [String],
        hostEnvironment: [String],
        hostArguments: [String]
    ) throws(PackageError) {
        var maker = try LaunchPlanBuilder(unpackaged: configuration, root: root, dataSize: dataSize)
        maker.usualEnvironment = usualEnvironment
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
        needs = maker.needs()
    }
}
