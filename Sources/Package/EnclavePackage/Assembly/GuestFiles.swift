package import Installation
package import PackageManifest

/// The distribution's files in every package: kernel, process 1 and kernel modules.
package struct GuestFiles: Equatable, Sendable {
    /// The kernel, a bzImage.
    package let kernel: String
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
        self.kernel = kernel
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
        GuestFiles(
            kernel: try locator.path(of: .kernel, named: kernel),
            initProgram: try locator.path(of: .initProgram, named: initProgram),
            modules: modules ?? (try? locator.find(.kernelModules)),
            gateway: gateway ?? (try? locator.find(.gateway))
        )
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
