package import Installation
package import PackageManifest

/// What every package takes from the distribution: kernel, process 1 and the kernel's modules.
package struct GuestFiles: Equatable, Sendable {
    /// The kernel, a bzImage.
    package let kernel: String
    /// Process 1, a static executable.
    package let initProgram: String
    /// The folder of modules, `*.ko.xz` or `*.ko`, without sub-folders.
    package let modules: String
    /// What stands before applications that speak plain HTTP, an executable; nil where none was found.
    package let gateway: String?

    /// Files at known places.
    ///
    /// - Parameters:
    ///   - kernel: The kernel.
    ///   - initProgram: Process 1.
    ///   - modules: The folder of modules.
    ///   - gateway: What stands before applications that speak plain HTTP.
    package init(kernel: String, initProgram: String, modules: String, gateway: String? = nil) {
        self.kernel = kernel
        self.initProgram = initProgram
        self.modules = modules
        self.gateway = gateway
    }

    /// Finds what was not given among the parts of the installation.
    ///
    /// - Parameters:
    ///   - kernel: The kernel, or nil.
    ///   - initProgram: Process 1, or nil.
    ///   - modules: The folder of modules, or nil.
    ///   - gateway: The gateway, or nil; that none is found matters only to packages with one.
    ///   - locator: Where the running program is installed.
    /// - Returns: The path of each.
    /// - Throws: `package.input-missing` with what to run and every place that was looked at.
    package static func find(
        kernel: String?,
        initProgram: String?,
        modules: String?,
        gateway: String? = nil,
        locator: PartLocator = .ofThisProgram
    ) throws(PackageError) -> GuestFiles {
        GuestFiles(
            kernel: try locator.path(of: .kernel, named: kernel),
            initProgram: try locator.path(of: .initProgram, named: initProgram),
            modules: try locator.path(of: .kernelModules, named: modules),
            gateway: gateway ?? (try? locator.find(.gateway))
        )
    }
}

extension PartLocator {
    /// The path that was named, or where the part is found.
    ///
    /// - Parameters:
    ///   - part: What is looked for.
    ///   - path: A path that stands alone, or nil.
    /// - Returns: The part's path.
    /// - Throws: `package.input-missing`.
    fileprivate func path(of part: InstalledPart, named path: String?) throws(PackageError) -> String {
        if let path { return path }
        do {
            return try find(part)
        } catch {
            throw PackageError(.inputMissing, subject: part.name, expected: part.remedy, found: error.found)
        }
    }
}
