import EnclavePackage
import Files
import GramineLaunch
import GuestInterface
import Machine
import RootFileSystem

/// An app directory and a configuration, as the commands for Gramine take them.
struct GramineApplication {
    /// The app directory.
    let root: String
    let configuration: PackageConfiguration
    /// Arguments for an application whose configuration takes them.
    var arguments: [String] = []

    /// The application's name: the configuration's, or that of its program.
    ///
    /// - Parameter program: The program's path.
    /// - Returns: A name that can be a file's.
    func name(of program: String) -> String { configuration.name ?? PathParts(program).name }

    /// The template, and the program that it runs.
    ///
    /// - Returns: Both.
    /// - Throws: `gramine.*`, `package.*`, `config.*`, `root.*`.
    func manifest() throws -> (manifest: GramineManifest, program: String) {
        if let mount = configuration.mounts.first(where: { $0.kind == .ext2 }) {
            throw GramineError(
                .mountUnsupported,
                subject: mount.target,
                expected: "no ext2 Mount; put the files into the app directory, where each is trusted by its digest"
            )
        }
        let tree = try GramineTree(reading: root)
        // The same plan as everywhere, from the same file system.
        let disk = try RootDisk(root, trust: ImageTrust())
        let launch = try SandboxLaunch(
            configuration: configuration,
            root: disk.image.file,
            dataSize: disk.dataSize,
            hostEnvironment: [],
            hostArguments: arguments
        )
        withExtendedLifetime(disk) {}
        let manifest = try GramineManifest(plan: launch.plan, configuration: configuration, tree: tree)
        return (manifest, launch.plan.application.path)
    }
}
