import ArgumentParser
import Diagnostics
import EnclavePackage
import Files
import Foundation
import GramineLaunch

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

    /// What a package is made for.
    enum Purpose: String, ExpressibleByArgument, CaseIterable {
        /// A machine: one signed file.
        case machine
        /// An SGX enclave through Gramine: a folder.
        case sgx
    }

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "machine, or sgx for a folder that Gramine runs.",
            discussion:
                "UNTRIED on SGX. The key is then RSA-3072 with exponent 3, as gramine-sgx-gen-private-key makes."
        )
    )
    var purpose = Purpose.machine

    @OptionGroup var signing: SignerArguments
    @OptionGroup var parts: PackageArguments

    func validate() throws {
        guard purpose == .machine || rootfs == nil else {
            throw ValidationError("--for sgx takes an app directory, and no --rootfs.")
        }
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
        if purpose == .sgx { return try await makeFolder() }
        let inputs = try parts.inputs(
            configuration: files[files.count - 1],
            folder: rootfs == nil ? files[0] : nil,
            image: rootfs
        )
        let clock = ContinuousClock()
        let start = clock.now
        let written = try await PackageAssembly(
            inputs: inputs,
            key: files[files.count - 2],
            signing: signing,
            force: overwrite.force
        ).write { name in outfile ?? "\(name).adyton" }
        try printResult(written.digest + "\n")
        tell(written, after: clock.now - start)
    }

    /// Makes a folder for Gramine, and has its programs render and sign where this host has them.
    private func makeFolder() async throws {
        let application = GramineApplication(
            root: files[0],
            configuration: try PackageConfiguration(reading: files[2])
        )
        let (manifest, program) = try application.manifest()
        let name = application.name(of: program)
        let path = outfile ?? "\(name).sgx"
        let around = URL(filePath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: around, withIntermediateDirectories: true)
        let output = try AtomicFolder<GramineError>(path, replacing: overwrite.force, permissions: 0o755)
        let folder = GramineFolder(output.path, name: name)
        try folder.write(manifest, root: files[0], isCopied: true)
        Message.print("UNTRIED on SGX: no MRENCLAVE is computed here; gramine-sgx-sign prints it")
        let next = "cd \(path) && gramine-sgx \(name)"
        guard GramineTools().isComplete else {
            try output.commit()
            let steps =
                "gramine-manifest \(name).manifest.template \(name).manifest && "
                + "gramine-sgx-sign --manifest \(name).manifest --output \(name).manifest.sgx --key KEY"
            Message.print("this host has no Gramine (adyton doctor), so it is neither rendered nor signed")
            Message.printLine("  next, where Gramine is: cd \(path) && \(steps) && gramine-sgx \(name)")
            return try printResult("\(GramineFolder(path, name: name).template)\n")
        }
        let signals = InterruptHandler()
        let key = files[1]
        do {
            try await signals.run { try await folder.prepare(isSigned: true, key: key) }
        } catch {
            throw signals.exitStatus ?? error
        }
        try output.commit()
        Message.printLine("  next: \(next)")
        try printResult("\(path)/\(name).manifest.sgx\n")
    }

    /// What a person wants to know next; the digest alone is the result.
    private func tell(_ written: PackageAssembly.Written, after time: Duration) {
        let size = (try? FileManager.default.attributesOfItem(atPath: written.path)[.size] as? Int) ?? 0
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
        Message.print(
            String(format: "%@: %.1f MiB in %.1f s", written.path, Double(size) / 1_048_576, seconds)
        )
        Message.printLine("  manifest \(written.digest)\n  signer   \(written.signer)")
        Message.printLine("  next: adyton run --signer \(written.signer) \(written.path)")
    }
}
