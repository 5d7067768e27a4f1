import Files
package import GuestInterface
package import PackageManifest
package import RootFileSystem

/// A launch without a package: the same plan and the same initial file system as a package would have.
package struct UnpackagedLaunch: Equatable, Sendable {
    /// What process 1 does, modules included.
    package let plan: LaunchPlan
    /// What the launcher has to give.
    package let needs: MachineRequirements
    /// The kernel's initial file system.
    package let initialFileSystem: [UInt8]

    /// Makes a launch out of a configuration and a root file system that has been checked.
    ///
    /// - Parameters:
    ///   - configuration: What is to run; mounts of images need a package.
    ///   - root: The file system's image.
    ///   - dataSize: Where the file system ends in it, in bytes.
    ///   - guest: Process 1 and the kernel's modules.
    ///   - usualEnvironment: What the environment has where neither configuration nor image says it, `NAME=VALUE`.
    /// - Throws: `package.*`, `config.*`.
    package init(
        configuration: PackageConfiguration,
        root: Descriptor,
        dataSize: Int,
        guest: GuestFiles,
        usualEnvironment: [String] = []
    ) throws(PackageError) {
        var maker = try LaunchPlanBuilder(unpackaged: configuration, root: root, dataSize: dataSize)
        maker.usualEnvironment = usualEnvironment
        var plan = try maker.plan()
        let modules = try KernelModule.read(from: guest.modules, for: &plan)
        let initial = try InputFile.read(guest.initProgram, atMost: PackageBuilder.largestInit)
        initialFileSystem = try InitialFileSystem.make(initProgram: initial, modules: modules, plan: plan)
        self.plan = plan
        needs = maker.needs()
    }
}

extension LaunchPlanBuilder {
    /// A maker for a root file system that no package carries.
    init(unpackaged configuration: PackageConfiguration, root: Descriptor, dataSize: Int) throws(PackageError) {
        guard !configuration.mounts.contains(where: { $0.kind == .ext2 }) else {
            throw PackageError(
                .configurationValueInvalid,
                subject: "Mount",
                expected: "no image, which only a package can carry",
                found: "an ext2 image"
            )
        }
        guard configuration.gateway == nil else {
            throw PackageError(
                .configurationValueInvalid,
                subject: "Gateway",
                expected: "no gateway, which only a package can carry; adyton package, then adyton run",
                found: "one"
            )
        }
        let tree = try RootTree(Ext2Contents(root, at: 0, size: dataSize))
        var defaults = ImageDefaults()
        if let bytes = try tree.content(of: ImageDefaults.path, atMost: ImageDefaults.largestFile) {
            defaults = try ImageDefaults(bytes)
        }
        self.init(configuration: configuration, defaults: defaults, root: tree, volumes: [])
    }
}
