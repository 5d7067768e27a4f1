import ArgumentParser
import Diagnostics
import EnclavePackage
import Foundation
import PackageManifest

/// `adyton sign`: another signature for a package, or a package out of a root file system.
struct SignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign a package with another key.",
        usage: """
            adyton sign [<options>] <package> <key>
            adyton sign [<options>] <rootfs> <key> <config>
            """,
        discussion: """
            Everything but the signature stays as it is, byte for byte, and every part
            is compared with its digest on the way. Writes to --outdir, or replaces the
            package itself with --force, at once and as a whole. With three arguments,
            as Mystikos has it, makes a package of a directory tree or an image, in
            --outdir or NAME.signed.

            EXAMPLE
              adyton sign --force app.adyton release.pem
              adyton sign --signer-command 'hsm-sign --key 7' --outdir release \\
                app.adyton release.pub.pem
            """
    )

    @Argument(help: "A package and the signer's key in PEM; or a root file system, the key and a configuration.")
    var files: [String]

    @Option(
        name: [.customShort("d"), .long],
        help: ArgumentHelp("Write the result into this folder.", valueName: "folder"),
        completion: .directory
    )
    var outdir: String?

    @OptionGroup var overwrite: OverwriteArguments
    @OptionGroup var signing: SignerArguments
    @OptionGroup var parts: PackageArguments

    func validate() throws {
        guard (2...3).contains(files.count) else {
            throw ValidationError("sign takes <package> <key>, or <rootfs> <key> <config>.")
        }
    }

    func run() async throws {
        if files.count == 3 { return try await makePackage() }
        let signer = try signing.signer(files[1])
        let package = try SealedPackage(opening: files[0], trusting: .anyone)
        var path = files[0]
        if let outdir {
            try Self.makeFolder(outdir)
            path = URL(filePath: outdir).appending(path: URL(filePath: path).lastPathComponent).path
        }
        let signed = try await SignedManifest(package.manifest, by: signer)
        try TransferProgress.show { report in
            try package.write(signed, to: path, replacing: overwrite.force, progress: report)
        }
        try printResult(Hexadecimal.text(package.manifest.digest) + "\n")
    }

    private func makePackage() async throws {
        var isFolder: ObjCBool = false
        // A missing path is reported by the call that opens it.
        _ = unsafe FileManager.default.fileExists(atPath: files[0], isDirectory: &isFolder)
        let root = files[0]
        let inputs = try parts.inputs(
            configuration: files[2],
            folder: isFolder.boolValue ? root : nil,
            image: isFolder.boolValue ? nil : root
        )
        // The root's own folder's name is known before the package's is.
        let name = URL(filePath: root).deletingPathExtension().lastPathComponent
        let folder = outdir ?? "\(name).signed"
        try Self.makeFolder(folder)
        let digest = try await PackageAssembly(inputs: inputs, key: files[1], signing: signing, force: overwrite.force)
            .write { name in URL(filePath: folder).appending(path: "\(name).adyton").path }.digest
        try printResult(digest + "\n")
    }

    private static func makeFolder(_ path: String) throws(PackageError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw PackageError(.unwritable, subject: path, found: error.localizedDescription)
        }
    }
}
