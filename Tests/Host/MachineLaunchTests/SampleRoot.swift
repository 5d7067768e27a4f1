import EnclavePackage
import Foundation
import PackageManifest
import RootFileSystem
import TestSupport

/// A root file system with one program that nothing runs, and the guest's own files.
struct SampleRoot {
    /// The kernel that `Scripts/setup.sh run` brings: a measurement needs a real one.
    static let kernel = ProjectFolder.dependencies.appending(path: "kernel/vmlinuz")
    /// Whether there is a kernel; a test is skipped on "no" except where `REQUIRE_TOOLS=1`.
    static var isReady: Bool { FileManager.default.fileExists(atPath: kernel.path) || OutsideTool.isRequired }

    let folder: TemporaryFolder
    let configuration: String

    var tree: URL { folder.url.appending(path: "tree") }

    init(_ configuration: String = #"{"ApplicationPath": "/bin/app", "Ports": [8443]}"#) throws {
        folder = try TemporaryFolder()
        self.configuration = folder.url.appending(path: "config.json").path
        for name in ["proc", "sys", "dev", "tmp", "run", "bin"] {
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: "tree/\(name)"),
                withIntermediateDirectories: true
            )
        }
        try write("bin/app", "#!")
        try Data(configuration.utf8).write(to: URL(filePath: self.configuration))
        try Data([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]).write(to: folder.url.appending(path: "init"))
    }

    func write(_ name: String, _ text: String) throws {
        let url = tree.appending(path: name)
        try Data(text.utf8).write(to: url)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
    }

    var guest: GuestFiles {
        GuestFiles(
            kernel: Self.kernel.path,
            initProgram: folder.url.appending(path: "init").path,
            modules: ProjectFolder.dependencies.appending(path: "kernel/modules").path
        )
    }

    var options: TreeOptions { TreeOptions(owner: (0, 0)) }

    /// Builds, signs and opens a package.
    func package() async throws -> SealedPackage {
        var inputs = PackageBuilder.Inputs(configuration: configuration, root: .folder(tree.path), guest: guest)
        inputs.tree = options
        // Machines on hardware are planned from it, and never started.
        inputs.acceptsUnsealedKernel = true
        let result = try PackageBuilder(inputs).build(in: folder.url.path)
        let path = folder.url.appending(path: "app.adyton").path
        let signed = try await SignedManifest(result.manifest, by: PrivateKey(generating: .ed25519))
        try PackageWriter.write(signed, result.sources, to: path, replacing: true)
        return try SealedPackage(opening: path, trusting: .anyone)
    }
}
