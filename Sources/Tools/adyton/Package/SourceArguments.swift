import ArgumentParser
import EnclavePackage
import Foundation
import MachineLaunch

/// The sources that a package is built anew from.
struct SourceArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp("Build the package of this directory tree, and compare.", valueName: "appdir"),
        completion: .directory
    )
    var fromSource: String?

    @Option(
        help: ArgumentHelp("The configuration; without it, the package's own.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var config: String?

    @Option(
        name: .customLong("source-kernel"),
        help: ArgumentHelp("The kernel; without it, an installed one of the package's kind.", valueName: "file")
    )
    var kernel: String?

    @Option(
        name: .customLong("source-init"),
        help: ArgumentHelp("Process 1; without it, the distribution's own.", valueName: "file")
    )
    var initProgram: String?

    @Option(
        name: .customLong("source-modules"),
        help: ArgumentHelp("The kernel's modules; without it, the distribution's own.", valueName: "folder")
    )
    var modules: String?

    @Option(
        name: .customLong("source-gateway"),
        help: ArgumentHelp("What Gateway puts before an application; else the distribution's.", valueName: "file")
    )
    var gateway: String?

    @OptionGroup var tree: TreeArguments

    /// The rebuild that the options ask for; nil without --from-source.
    ///
    /// - Throws: `package.input-missing`.
    func rebuild() throws -> PackageRebuild? {
        guard let fromSource else { return nil }
        let guest = try GuestFiles.find(
            kernel: kernel,
            initProgram: initProgram,
            modules: modules,
            gateway: gateway
        )
        return PackageRebuild(folder: fromSource, configuration: config, guest: guest, tree: try tree.options())
    }
}
