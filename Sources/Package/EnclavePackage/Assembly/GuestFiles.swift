package import GuestInterface
package import Installation
package import PackageManifest

/// The distribution's files in every package: kernel, process 1 and kernel modules.
package struct GuestFiles: Equatable, Sendable {
    /// The kernels of an installation, each nil where it was not found.
    struct InstalledKernels: Equatable, Sendable {
        var sealed, sealedDebug, distribution: String?
    }

    /// Which kernel to take.
    enum KernelChoice: Equatable, Sendable {
        case named(String)
        case installed(InstalledKernels)
    }

    private let kernels: KernelChoice
    /// Process 1, a static executable.
    package let initProgram: String
    /// The folder of modules, `*.ko.xz` or `*.ko`, without sub-folders; nil where none was found, which only a
    /// distribution's kernel needs.
    package let modules: String?
    /// The gateway executable, a TLS proxy for applications that speak plain HTTP; nil where none was found.
    package let gateway: String?

    /// Creates the files from known paths.
    ///
    /// - Parameters:
    ///   - kernel: The kernel.
    ///   - initProgram: Process 1.
    ///   - modules: The folder of modules, or nil.
    ///   - gateway: The gateway executable.
    package init(kernel: String, initProgram: String, modules: String?, gateway: String? = nil) {
        self.init(kernels: .named(kernel), initProgram: initProgram, modules: modules, gateway: gateway)
    }

    private init(kernels: KernelChoice, initProgram: String, modules: String?, gateway: String?) {
        self.kernels = kernels
        self.initProgram = initProgram
        self.modules = modules
        self.gateway = gateway
    }

    /// Finds the missing paths among the parts of the installation.
    ///
    /// - Parameters:
    ///   - kernel: The kernel, or nil.
    ///   - initProgram: Process 1, or nil.
    ///   - modules: The folder of modules, or nil.
    ///   - gateway: The gateway, or nil; a missing gateway is an error only for packages that use it.
    ///   - locator: Where the running program is installed.
    /// - Returns: The path of each.
    /// - Throws: `package.input-missing` with the command to run and every path that was tried.
    package static func find(
        kernel: String?,
        initProgram: String?,
        modules: String?,
        gateway: String? = nil,
        locator: PartLocator = .ofThisProgram
    ) throws(PackageError) -> GuestFiles {
        let kernels: KernelChoice = if let kernel { .named(kernel) } else { .installed(try installedKernels(locator)) }
        return GuestFiles(
            kernels: kernels,
            initProgram: try locator.path(of: .initProgram, named: initProgram),
            modules: modules ?? (try? locator.find(.kernelModules)),
            gateway: gateway ?? (try? locator.find(.gateway))
        )
    }

    private static func installedKernels(_ locator: PartLocator) throws(PackageError) -> InstalledKernels {
        var kernels = InstalledKernels()
        kernels.sealed = try? locator.find(.sealedKernel)
        kernels.sealedDebug = try? locator.find(.sealedDebugKernel)
        kernels.distribution = try? locator.find(.kernel)
        guard kernels.sealed != nil || kernels.sealedDebug != nil || kernels.distribution != nil else {
            throw PackageError(MissingPart(part: .kernel, places: locator.places(of: .kernel)))
        }
        return kernels
    }

    /// The kernel's path: the named one, else the sealed one where it is installed, else a distribution's.
    ///
    /// - Parameters:
    ///   - isDebug: Whether it is for a debug package, whose sealed kernel is another one.
    ///   - kind: The kind to take; nil for the best there is. A named kernel is taken whatever it is.
    /// - Returns: A path.
    /// - Throws: `package.input-missing`.
    package func kernel(isDebug: Bool, kind: LaunchPlan.Kernel? = nil) throws(PackageError) -> String {
        switch kernels {
        case .named(let path): return path
        case .installed(let installed):
            let sealed = isDebug ? installed.sealedDebug : installed.sealed
            let found =
                switch kind {
                case nil: sealed ?? installed.distribution
                case .sealed: sealed
                case .distribution, .unsealed: installed.distribution
                }
            if let found { return found }
            throw PackageError(
                .inputMissing,
                subject: kind == .sealed ? InstalledPart.sealedKernel.name : InstalledPart.kernel.name,
                expected: (isDebug ? InstalledPart.sealedDebugKernel : .sealedKernel).remedy,
                found: "none is installed"
            )
        }
    }
}

extension PartLocator {
    /// Resolves a part's path.
    ///
    /// - Parameters:
    ///   - part: The part to find.
    ///   - path: The path that the user gave; nil to search.
    /// - Returns: The part's path.
    /// - Throws: `package.input-missing`.
    fileprivate func path(of part: InstalledPart, named path: String?) throws(PackageError) -> String {
        if let path { return path }
        do {
            return try find(part)
        } catch {
            throw PackageError(error)
        }
    }
}

extension PackageError {
    /// The failure for a part of the installation that is in none of the places.
    ///
    /// - Parameters:
    ///   - missing: The part and the places.
    ///   - subject: What needs the part; its name by default.
    init(_ missing: MissingPart, subject: String? = nil) {
        self.init(
            .inputMissing,
            subject: subject ?? missing.part.name,
            expected: missing.part.remedy,
            found: missing.found
        )
    }
}

extension PackageError {
    /// The failure for a kernel that may not be on hardware.
    ///
    /// - Parameter platform: The platform's name.
    init(kernelUnsealedFor platform: String) {
        self.init(
            .kernelUnsealed,
            subject: "the kernel for \(platform)",
            expected: "the sealed kernel, which make kernel builds and --kernel FILE names; or Platforms with vtpm "
                + "alone; or --unsealed-kernel, which the manifest states and every policy refuses by default",
            found: "a distribution's kernel, in which code of the host's ACPI tables reaches private memory"
        )
    }
}
