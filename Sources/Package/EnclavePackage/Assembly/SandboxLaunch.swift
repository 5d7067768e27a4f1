import Files
package import GuestInterface
package import PackageManifest
package import RootFileSystem

/// A launch in the developer's sandbox: the plan that a machine would have, with what only a machine has left out.
package struct SandboxLaunch: Equatable, Sendable {
    /// The name and value by which an application knows the sandbox, as under Mystikos.
    package static let target = "MYST_TARGET=linux"

    /// What is to run; the host's variables and arguments are in it already.
    package let plan: LaunchPlan
    /// What the launcher has to give, of which the ports and the way out mean something here.
    package let needs: MachineRequirements

    /// Makes a launch out of a configuration and a root file system that has been checked.
    ///
    /// - Parameters:
    ///   - configuration: What is to run; mounts of images need a package.
    ///   - root: The file system's image.
    ///   - dataSize: Where the file system ends in it, in bytes.
    ///   - usualEnvironment: What the environment has where neither configuration nor image says it, `NAME=VALUE`.
    ///   - hostEnvironment: Variables of the host's; only those that the configuration names.
    ///   - hostArguments: Arguments of the host's; they count only where the configuration takes them.
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
        // A machine has its memory and processors; here limits stand for them.
        plan.application.memoryInBytes = configuration.memoryInBytes.map { UInt64($0) }
        if plan.application.processors == nil {
            plan.application.processors = configuration.processors.map { UInt32($0) }
        }
        self.plan = plan
        needs = maker.needs()
    }
}
