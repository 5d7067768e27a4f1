import ArgumentParser
import Diagnostics
import EnclavePackage
import Foundation

/// `adyton package`: an application, its configuration and a machine into one signed file.
struct PackageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "package",
        abstract: "Put an application, its configuration and a sealed machine into one signed file.",
        usage: "adyton package [<options>] [<appdir>] <key> <config>",
        discussion: """
            The application's root is a directory tree, packed unchanged, or with
            --rootfs an image of mkext2 that --roothash or --pubkey vouches for. A
            Mystikos config.json works as it is; `adyton config explain` says what each
            key does. Prints the manifest's digest. The same input gives the same bytes
            but for the signature.

            The file is a plain tar: manifest, signature, kernel, initramfs,
            configuration, root image.

            EXAMPLE
              adyton keygen -o signer.pem
              adyton package --owner 0:0 -o app.adyton appdir signer.pem config.json
              adyton package --rootfs root.img --roothash root.txt signer.pem config.json
            """
    )

    @Argument(help: "The application's root, unless --rootfs; the signer's key in PEM; the configuration.")
    var files: [String]

    @Option(
        help: ArgumentHelp("Take this ext2 image as the application's root.", valueName: "image"),
        completion: .file()
    )
    var rootfs: String?

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The package; without it NAME.adyton in this folder.", valueName: "file"),
        completion: .file()
    )
    var outfile: String?

    @OptionGroup var overwrite: OverwriteArguments
    @OptionGroup var signing: SignerArguments
    @OptionGroup var parts: PackageArguments

    func validate() throws {
        let count = rootfs == nil ? 3 : 2
        guard files.count == count else {
            throw ValidationError(
                rootfs == nil
                    ? "package takes <appdir> <key> <config>, or --rootfs <image> <key> <config>."
                    : "with --rootfs, package takes <key> <config>."
            )
        }
    }

    func run() async throws {
        let inputs = try parts.inputs(
            configuration: files[files.count - 1],
            folder: rootfs == nil ? files[0] : nil,
            image: rootfs
        )
        let digest = try await PackageAssembly(
            inputs: inputs,
            key: files[files.count - 2],
            signing: signing,
            force: overwrite.force
        ).write { name in outfile ?? "\(name).adyton" }
        try printResult(digest + "\n")
    }
}
