import Foundation
package import PackageManifest

/// What every package takes from the tool's own distribution: kernel, process 1 and the kernel's modules.
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

    /// Finds what was not given: in `share/adyton` beside the tool's own folder, then in the project's build.
    ///
    /// - Parameters:
    ///   - kernel: The kernel, or nil.
    ///   - initProgram: Process 1, or nil.
    ///   - modules: The folder of modules, or nil.
    ///   - gateway: The gateway, or nil; that none is found matters only to packages with one.
    ///   - tool: The running program's path.
    ///   - workingFolder: Where the person stands, who may have a project there.
    /// - Returns: Where each lies.
    /// - Throws: `package.input-missing` with what to run.
    package static func find(
        kernel: String?,
        initProgram: String?,
        modules: String?,
        gateway: String? = nil,
        tool: String,
        workingFolder: String
    ) throws(PackageError) -> GuestFiles {
        let folder = URL(filePath: tool).resolvingSymlinksInPath().deletingLastPathComponent()
        let share = folder.deletingLastPathComponent().appending(path: "share/adyton")
        var projects = [URL(filePath: workingFolder)]
        // .build/x86_64-unknown-linux-gnu/release/adyton, where the project built it.
        projects.append(folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent())
        func choose(_ given: String?, _ name: String, _ remedy: String, _ places: [URL]) throws(PackageError) -> String
        {
            if let given { return given }
            let found = places.first { FileManager.default.fileExists(atPath: $0.path) }
            guard let found else {
                throw PackageError(.inputMissing, subject: name, expected: remedy, found: "none of the usual places")
            }
            return found.path
        }
        return GuestFiles(
            kernel: try choose(
                kernel,
                "the kernel",
                "Scripts/setup.sh run, or --kernel FILE",
                [share.appending(path: "vmlinuz")] + projects.map { $0.appending(path: ".deps/kernel/vmlinuz") }
            ),
            initProgram: try choose(
                initProgram,
                "process 1",
                "Scripts/build-guest.sh, or --init FILE",
                [share.appending(path: "adyton-init")]
                    + projects.map { $0.appending(path: ".build/guest/init") }
                    + projects.map { $0.appending(path: ".build/release/adyton-init") }
                    + [folder.appending(path: "adyton-init")]
            ),
            modules: try choose(
                modules,
                "the kernel's modules",
                "Scripts/setup.sh run, or --modules FOLDER",
                [share.appending(path: "modules")] + projects.map { $0.appending(path: ".deps/kernel/modules") }
            ),
            gateway: try? choose(
                gateway,
                "the gateway",
                "",
                [share.appending(path: "adyton-gateway"), folder.appending(path: "adyton-gateway")]
                    + projects.map { $0.appending(path: ".build/release/adyton-gateway") }
            )
        )
    }
}
