import EnclavePackage
import Foundation
import PackageManifest
import RootFileSystem
import TestSupport

/// An application's root, its configuration and what a guest needs, in files.
struct SampleApplication {
    /// The kernel that Scripts/setup.sh brings, which a measurement needs to be a real one.
    static let kernel = ProjectFolder.dependencies.appending(path: "kernel/vmlinuz")
    static let modules = ProjectFolder.dependencies.appending(path: "kernel/modules")

    /// Whether there is a kernel; a test is skipped on "no" except where `REQUIRE_TOOLS=1`.
    static var isReady: Bool { FileManager.default.fileExists(atPath: kernel.path) || OutsideTool.isRequired }

    let folder: TemporaryFolder
    var tree: URL { folder.url.appending(path: "tree") }
    var configuration: String { folder.url.appending(path: "config.json").path }

    init(_ configuration: String = #"{"ApplicationPath": "/bin/app"}"#) throws {
        folder = try TemporaryFolder()
        for name in ["proc", "sys", "dev", "tmp", "run", "bin", "app", "models"] { try makeFolder(name) }
        try write("bin/app", "#!", permissions: 0o755)
        try FileManager.default.createSymbolicLink(
            atPath: tree.appending(path: "link").path,
            withDestinationPath: "/bin"
        )
        try configure(configuration)
        // A program's first bytes are enough, for nothing here runs it.
        try Data([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]).write(to: folder.url.appending(path: "init"))
    }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(
            at: tree.appending(path: name),
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755]
        )
    }

    func write(_ name: String, _ text: String, permissions: Int = 0o644) throws {
        let url = tree.appending(path: name)
        try Data(text.utf8).write(to: url)
        try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: url.path)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(at: tree.appending(path: name))
    }

    func configure(_ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: configuration))
    }

    var guest: GuestFiles {
        GuestFiles(
            kernel: Self.kernel.path,
            initProgram: folder.url.appending(path: "init").path,
            modules: Self.modules.path
        )
    }

    func inputs(_ root: DiskImage.Source? = nil) -> PackageBuilder.Inputs {
        var inputs = PackageBuilder.Inputs(
            configuration: configuration,
            root: root ?? .folder(tree.path),
            guest: guest
        )
        inputs.tree = TreeOptions(owner: (0, 0))
        return inputs
    }

    func build(_ inputs: PackageBuilder.Inputs? = nil) throws(PackageError) -> PackageBuilder.Result {
        try PackageBuilder(inputs ?? self.inputs()).build(in: folder.url.path)
    }

    /// Builds and writes a package.
    func package(
        signer: any Signer = Keys.ed25519,
        inputs: PackageBuilder.Inputs? = nil
    ) async throws -> SealedPackage {
        let result = try build(inputs)
        let path = folder.url.appending(path: "app.adyton").path
        let signed = try await SignedManifest(result.manifest, by: signer)
        try PackageWriter.write(signed, result.sources, to: path, replacing: true)
        return try SealedPackage(opening: path, trusting: .only([signer.publicKey.identity]))
    }

    /// Packs the tree as an image of its own.
    func image(_ name: String) throws -> (path: String, rootHash: String) {
        let path = folder.url.appending(path: name).path
        let block = try Ext2Writer.write(tree.path, to: path)
        return (path, block.rootHash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    }
}
