import Files
package import GuestInterface
package import PackageManifest
package import RootFileSystem

/// A launch without a package: the plan and the initial file system that a package would have.
package struct UnpackagedLaunch: Equatable, Sendable {
    /// The kernel's file.
    package let kernelPath: String
    /// The launch plan, including modules.
    package let plan: LaunchPlan
    /// The machine's requirements.
    package let needs: MachineRequirements
    /// The kernel's initial file system.
    package let initialFileSystem: [UInt8]

    /// Creates a launch from a configuration and a verified root file system.
    ///
    /// - Parameters:
    ///   - configuration: What is to run.
    ///   - root: The file system's image.
    ///   - dataSize: The size of the file system in the image, in bytes.
    ///   - guest: Kernel, process 1 and the kernel's modules.
    ///   - acceptsUnsealedKernel: Whether another kernel than a sealed one may be on hardware.
    ///   - platform: What will launch the machine.
    ///   - volumes: The images of the configuration's ext2 mounts, in their order.
    /// - Throws: `package.*`, `config.*`.
    package init(
        configuration: PackageConfiguration,
        root: Descriptor,
        dataSize: Int,
        guest: GuestFiles,
        acceptsUnsealedKernel: Bool = false,
        on platform: Platform = .vtpm,
        volumes: [VerityVolume] = []
    ) throws(PackageError) {
        var maker = try LaunchPlanBuilder(
            unpackaged: configuration,
            root: root,
            dataSize: dataSize,
            volumes: volumes
        )
        kernelPath = try guest.kernel(isDebug: configuration.isDebug)
        let kernel = try KernelImage(reading: kernelPath)
        try kernel.check(isDebug: configuration.isDebug)
        maker.kernel = kernel.kind(acceptsUnsealed: acceptsUnsealedKernel)
        guard maker.kernel != .distribution || !platform.isConfidential else {
            throw PackageError(kernelUnsealedFor: platform.rawValue)
        }
        var plan = try maker.plan()
        let modules = try KernelModule.read(for: kernel, from: guest.modules, into: &plan)
        let initial = try InputFile.read(guest.initProgram, atMost: PackageBuilder.largestInit)
        initialFileSystem = try InitialFileSystem.make(initProgram: initial, modules: modules, plan: plan)
        self.plan = plan
        needs = try maker.needs()
    }
}

extension LaunchPlanBuilder {
    /// A maker for a root file system that no package carries.
    init(
        unpackaged configuration: PackageConfiguration,
        root: Descriptor,
        dataSize: Int,
        volumes: [VerityVolume]
    ) throws(PackageError) {
        let count = configuration.mounts.count { $0.kind == .ext2 }
        precondition(volumes.count == count, "one volume for each ext2 mount")
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
        self.init(configuration: configuration, defaults: defaults, root: tree, volumes: volumes)
    }
}
