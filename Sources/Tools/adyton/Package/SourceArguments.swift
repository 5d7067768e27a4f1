import ArgumentParser
import EnclavePackage
import Foundation
import MachineLaunch

/// What a package, or this installation, is built anew from.
struct SourceArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp("Build the programs of this clone's last commit, and compare.", valueName: "clone"),
        completion: .directory
    )
    var fromSource: String?

    @Option(
        help: ArgumentHelp("Build the package of this directory tree, and compare.", valueName: "appdir"),
        completion: .directory
    )
    var fromDirectory: String?

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

    /// The rebuild that the options ask for.
    ///
    /// - Parameter build: A clean build, whose process 1 and gateway are taken where no option names others.
    /// - Returns: nil without --from-directory.
    /// - Throws: `package.input-missing`.
    func rebuild(with build: SourceBuild?) throws -> PackageRebuild? {
        guard let fromDirectory else { return nil }
        func built(_ program: MeasuredProgram) -> String? { build?.programs.appending(path: program.fileName).path }
        let guest = try GuestFiles.find(
            kernel: kernel,
            initProgram: initProgram ?? built(.initProgram),
            modules: modules,
            gateway: gateway ?? built(.gateway)
        )
        return PackageRebuild(folder: fromDirectory, configuration: config, guest: guest, tree: try tree.options())
    }

    /// Builds the clone that --from-source names in a temporary folder, and does something with it.
    ///
    /// - Parameter work: What is done with the build; it gets nil without --from-source.
    /// - Returns: What the work returns.
    /// - Throws: `source.*`, and what the work throws. The folder is removed in any case.
    func withBuild<Result>(_ work: (SourceBuild?) throws -> Result) async throws -> Result {
        guard let fromSource else { return try work(nil) }
        let folder = FileManager.default.temporaryDirectory.appending(path: "adyton-source-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        Message.print("building a clean clone of \(fromSource) in \(folder.path), as long as a release build takes")
        let signals = InterruptHandler()
        let build: SourceBuild
        do {
            build = try await signals.run { try await SourceBuild(of: fromSource, in: folder) }
        } catch {
            guard let status = signals.exitStatus else { throw error }
            throw status
        }
        return try work(build)
    }
}
