import ApplicationBundle
import Foundation
package import GuestInterface
import Installation
import LaunchMeasurement
package import PackageManifest
package import RootFileSystem

/// Builds a package from configuration, root file system, kernel and process 1.
///
/// The same inputs give the same bytes, except for the signature.
package struct PackageBuilder: Sendable {
    /// The inputs of a package.
    package struct Inputs: Sendable {
        /// The configuration's path.
        package var configuration: String
        /// The root file system.
        package var root: DiskImage.Source
        /// Images by mount point; they override the configuration's `Source`.
        package var mounts: [String: String] = [:]
        /// Trusted root hashes and signers of images, in addition to the configuration's.
        package var trust = ImageTrust()
        /// Kernel, process 1 and modules.
        package var guest: GuestFiles
        /// Whether another kernel than a sealed one may be on SEV-SNP and TDX; the manifest says so, and policies refuse it.
        package var acceptsUnsealedKernel = false
        /// The kind of kernel to take where none is named; nil for the best there is.
        package var kernelKind: LaunchPlan.Kernel?
        /// The options that make the image of a directory tree reproducible.
        package var tree = TreeOptions()
        /// Computes the platforms' reference values.
        package var reference = ReferenceMeasurer()

        /// Creates inputs with default options.
        ///
        /// - Parameters:
        ///   - configuration: The configuration's path.
        ///   - root: The root file system.
        ///   - guest: Kernel, process 1 and modules.
        package init(configuration: String, root: DiskImage.Source, guest: GuestFiles) {
            self.configuration = configuration
            self.root = root
            self.guest = guest
        }
    }

    /// The built package, ready to be signed and written.
    package struct Result: Sendable {
        /// The manifest to sign.
        package var manifest: Manifest
        /// The launch plan for process 1.
        package let plan: LaunchPlan
        /// The parts' contents, in the manifest's order.
        package let sources: [PackageWriter.Source]
    }

    static let largestInit = 64 << 20

    /// Reports the bytes of the current step.
    private let progress: ByteProgress.Report?
    private var inputs: Inputs
    private let configuration: PackageConfiguration
    private let configurationBytes: [UInt8]

    /// Creates a builder and reads the configuration.
    ///
    /// - Parameters:
    ///   - inputs: The inputs.
    ///   - progress: Reports the bytes of the current step; see ``ByteProgress/Report``.
    /// - Throws: `config.*`, `package.input-missing`.
    package init(_ inputs: Inputs, progress: ByteProgress.Report? = nil) throws(PackageError) {
        self.inputs = inputs
        self.progress = progress
        configurationBytes = try InputFile.read(inputs.configuration, atMost: PackageConfiguration.largestFile)
        let name = URL(filePath: inputs.configuration).lastPathComponent
        configuration = try PackageConfiguration(configurationBytes, file: name)
        self.inputs.mounts = try Self.images(inputs.mounts, of: configuration, in: name)
    }

    /// The images by the targets of their mounts; Mystikos's order, the image first, is read as well.
    private static func images(
        _ pairs: [String: String],
        of configuration: PackageConfiguration,
        in name: String
    ) throws(PackageError) -> [String: String] {
        let targets = configuration.mounts.filter { $0.kind == .ext2 }.map(\.target)
        func target(_ text: String) -> String? { targets.first { $0 == text || $0 == "/\(text)" } }
        var images: [String: String] = [:]
        for (left, right) in pairs.sorted(by: { $0.key < $1.key }) {
            guard let found = target(left) ?? target(right) else {
                throw PackageError(
                    .inputInvalid,
                    subject: "--mount \(left)",
                    expected: "the Target of an ext2 Mount of \(name)",
                    found: targets.isEmpty ? "no such Mount" : targets.joined(separator: ", ")
                )
            }
            images[found] = target(left) == nil ? left : right
        }
        return images
    }

    /// Reads the trusted root hashes and signers of images.
    ///
    /// - Parameters:
    ///   - rootHashes: Files with one root hash each.
    ///   - publicKeys: RSA public keys in PEM.
    ///   - other: Further trusted root hashes and signers.
    /// - Returns: The union.
    /// - Throws: `package.input-missing`, `package.input-invalid`, `key.invalid`.
    package static func trust(
        rootHashes: [String],
        publicKeys: [String],
        beside other: ImageTrust = ImageTrust()
    ) throws(PackageError) -> ImageTrust {
        try PackageError.translating { () throws(RootFileSystemError) in
            var trust = other
            for path in rootHashes { try trust.trustRootHash(in: path) }
            for path in publicKeys { try trust.trustSigner(in: path) }
            return trust
        }
    }

    /// The package's name: the configuration's, or that of its program.
    ///
    /// - Parameter plan: The launch plan.
    /// - Returns: A valid file name.
    private func name(of plan: LaunchPlan) -> String {
        if let name = configuration.name { return name }
        let base = plan.application.path.split(separator: "/").last.map(String.init) ?? ""
        let safe = base.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" }
        let text = String(String(safe).drop { !$0.isLetter && !$0.isNumber }.prefix(64))
        return text.isEmpty ? "application" : text
    }

    /// Builds everything but the signature.
    ///
    /// - Parameter place: A folder with room for the root image.
    /// - Returns: Manifest, plan and contents.
    /// - Throws: `package.*`, `config.*`.
    package func build(in place: String) throws(PackageError) -> Result {
        let kernelPath = try inputs.guest.kernel(isDebug: configuration.isDebug, kind: inputs.kernelKind)
        let kernel = try KernelImage(reading: kernelPath)
        try kernel.check(isDebug: configuration.isDebug)
        let kind = kernel.kind(acceptsUnsealed: inputs.acceptsUnsealedKernel)
        try inputs.reference.check(kind)
        let initProgram = try InputFile.read(inputs.guest.initProgram, atMost: Self.largestInit)
        guard initProgram.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2]) else {
            throw PackageError(
                .inputInvalid,
                subject: inputs.guest.initProgram,
                expected: "a 64-bit ELF executable",
                found: "something else"
            )
        }
        let root = try rootImage(in: place)
        let images = try mountImages()
        let gateway = try gatewayImage(in: place)
        let tree = try RootTree(root.contents)
        var defaults = ImageDefaults()
        if let bytes = try tree.content(of: ImageDefaults.path, atMost: ImageDefaults.largestFile) {
            defaults = try ImageDefaults(bytes)
        }
        var maker = LaunchPlanBuilder(
            configuration: configuration,
            defaults: defaults,
            root: tree,
            volumes: images.map(\.volume)
        )
        maker.gatewayVolume = gateway?.volume
        maker.kernel = kind
        var plan = try maker.plan()
        let modules = try KernelModule.read(for: kernel, from: inputs.guest.modules, into: &plan)
        let initial = try InitialFileSystem.make(initProgram: initProgram, modules: modules, plan: plan)
        var manifest = Manifest(
            name: name(of: plan),
            commandLine: KernelCommandLine(root: root.volume, isDebug: plan.isDebug).text,
            machine: try maker.needs()
        )
        manifest.kernel = Manifest.KernelEntry(kind: kind, release: kernel.release, version: kernel.version)
        manifest.version = configuration.packageVersion ?? ""
        manifest.productID = configuration.productID
        manifest.securityVersion = configuration.securityVersion
        manifest.isDebug = plan.isDebug
        for path in configuration.modelPacks { manifest.modelPacks.append(try tree.modelPack(path)) }
        var parts: [(name: String, source: PackageWriter.Source)] = [
            (Manifest.PartName.kernel, .bytes(kernel.bytes)), (Manifest.PartName.initialFileSystem, .bytes(initial)),
            (Manifest.PartName.configuration, .bytes(configurationBytes)),
            (Manifest.PartName.root, .file(root.file, offset: 0, size: root.size)),
        ]
        // What is given when the package is run is pinned in the plan, by its root hash, and not carried.
        let carried = zip(images, configuration.mounts.filter { $0.kind == .ext2 }).filter { !$1.isGivenAtRun }
        for (index, image) in carried.map(\.0).enumerated() {
            parts.append((Manifest.PartName.mount(index), .file(image.file, offset: 0, size: image.size)))
        }
        if let gateway {
            parts.append((Manifest.PartName.gateway, .file(gateway.file, offset: 0, size: gateway.size)))
        }
        manifest.referenceValues = try inputs.reference.values(
            kernel: PartContent(kernel.bytes, name: kernelPath),
            initialFileSystem: PartContent(initial, name: Manifest.PartName.initialFileSystem),
            commandLine: manifest.commandLine,
            needs: manifest.machine
        )
        let counter = ByteProgress(total: parts.reduce(0) { $0 + $1.source.size }, report: progress)
        for part in parts {
            manifest.parts.append(try PackageWriter.describe(part.name, part.source, progress: counter))
        }
        return Result(manifest: manifest, plan: plan, sources: parts.map(\.source))
    }

    private func rootImage(in place: String) throws(PackageError) -> DiskImage {
        switch inputs.root {
        case .folder(let folder):
            try DiskImage(packing: folder, in: place, options: inputs.tree, progress: progress)
        case .image(let path, let trust):
            try DiskImage(verifying: path, trust: trust, progress: progress)
        }
    }

    /// A file system with only the gateway and its libraries, which is the gateway's root.
    private func gatewayImage(in place: String) throws(PackageError) -> DiskImage? {
        guard configuration.gateway != nil else { return nil }
        guard let program = inputs.guest.gateway else {
            let missing = MissingPart(part: .gateway, places: PartLocator.ofThisProgram.places(of: .gateway))
            throw PackageError(missing, subject: "adyton-gateway, which Gateway asks for")
        }
        let folder = "\(place)/.adyton-gateway-\(UInt32.random(in: .min ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do throws(BundleError) {
            _ = try AppBundle.make(AppBundle.Contents(program: program, at: LaunchPlan.Gateway.program), in: folder)
        } catch {
            throw PackageError(error)
        }
        return try DiskImage(packing: folder, in: place, options: TreeOptions(owner: (0, 0)), progress: progress)
    }

    private func mountImages() throws(PackageError) -> [DiskImage] {
        let folder = URL(filePath: inputs.configuration).deletingLastPathComponent()
        func seen(_ path: String) -> String {
            path.hasPrefix("/") ? path : folder.appending(path: path).path
        }
        var images: [DiskImage] = []
        for mount in configuration.mounts where mount.kind == .ext2 {
            guard let source = inputs.mounts[mount.target] ?? mount.source.map(seen) else {
                throw PackageError(
                    .inputMissing,
                    subject: "the image of Mount \(mount.target)",
                    expected: "--mount \(mount.target)=IMAGE, or Source in the configuration",
                    found: "none"
                )
            }
            let trust = try mount.trust(seen) ?? inputs.trust
            do throws(PackageError) {
                images.append(try DiskImage(verifying: source, trust: trust, progress: progress))
            } catch  where error.code == .rootUntrusted {
                throw PackageError(
                    .rootUntrusted,
                    subject: "\(source), the image of Mount \(mount.target)",
                    expected:
                        "its root hash as RootHash of the Mount or in a file for --roothash, or where it is signed, "
                        + "its signer's key as PublicKey of the Mount or for --pubkey",
                    found: error.found,
                    cause: error
                )
            }
        }
        return images
    }
}
