import ArgumentParser
import EnclavePackage
import Foundation

/// The inputs of a package except its root and its key.
struct PackageArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp("Trust an image with this root hash (repeatable).", valueName: "file"),
        completion: .file()
    )
    var roothash: [String] = []

    @Option(
        help: ArgumentHelp("Trust an image that this RSA key signed (repeatable).", valueName: "file"),
        completion: .file(extensions: ["pem"])
    )
    var pubkey: [String] = []

    @Option(
        help: ArgumentHelp("The image of an ext2 Mount of the configuration (repeatable).", valueName: "target=image")
    )
    var mount: [String] = []

    @Option(
        help: ArgumentHelp(
            "The kernel; without it, the sealed one where it is installed, else the distribution's.",
            valueName: "file"
        )
    )
    var kernel: String?

    @Flag(help: "Let a kernel that is not sealed onto SEV-SNP and TDX; policies refuse the package by default.")
    var unsealedKernel = false

    @Option(
        name: .customLong("init"),
        help: ArgumentHelp("Process 1; without it, the distribution's own.", valueName: "file")
    )
    var initProgram: String?

    @Option(help: ArgumentHelp("The kernel's modules; without it, the distribution's own.", valueName: "folder"))
    var modules: String?

    @Option(
        help: ArgumentHelp("What Gateway puts before an application; else the distribution's.", valueName: "file")
    )
    var gateway: String?

    @Option(help: ArgumentHelp("Compute SEV-SNP's reference value for this OVMF.", valueName: "file"))
    var snpFirmware: String?

    @Option(help: ArgumentHelp("The processor that an SEV-SNP guest sees.", valueName: "name"))
    var snpVcpuType = "EPYC-v4"

    @Option(help: ArgumentHelp("Compute TDX's reference values for this OVMF.", valueName: "file"))
    var tdxFirmware: String?

    @OptionGroup var tree: TreeArguments

    func validate() throws {
        for text in mount where text.split(separator: "=").count != 2 {
            throw ValidationError("--mount takes a place and an image, as in /models=models.img, found '\(text)'.")
        }
    }

    /// The builder's inputs.
    ///
    /// - Parameters:
    ///   - configuration: The configuration file.
    ///   - folder: The application's root as a directory tree, or nil for an image.
    ///   - image: The application's root as an image.
    /// - Returns: The inputs.
    /// - Throws: `package.input-missing`, `root.*`, `file.*`.
    func inputs(configuration: String, folder: String?, image: String?) throws -> PackageBuilder.Inputs {
        let options = try tree.options()
        let trust = try PackageBuilder.trust(rootHashes: roothash, publicKeys: pubkey)
        let guest = try GuestFiles.find(
            kernel: kernel,
            initProgram: initProgram,
            modules: modules,
            gateway: gateway
        )
        let root: DiskImage.Source = folder.map { .folder($0) } ?? .image(image ?? "", trust)
        var inputs = PackageBuilder.Inputs(configuration: configuration, root: root, guest: guest)
        inputs.acceptsUnsealedKernel = unsealedKernel
        inputs.trust = trust
        inputs.tree = options
        inputs.reference.snpFirmware = snpFirmware
        inputs.reference.snpProcessor = snpVcpuType
        inputs.reference.tdxFirmware = tdxFirmware
        for text in mount {
            let parts = text.split(separator: "=").map(String.init)
            inputs.mounts[parts[0]] = parts[1]
        }
        return inputs
    }
}
