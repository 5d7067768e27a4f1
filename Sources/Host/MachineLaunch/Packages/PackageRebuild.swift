package import EnclavePackage
import Foundation
import GuestInterface
package import PackageManifest
package import RootFileSystem

/// Rebuilds a package from its sources and compares the two.
package struct PackageRebuild {
    /// The application's root as a directory tree.
    package var folder: String
    /// The configuration's path; nil for the package's own configuration.
    package var configuration: String?
    /// The kernel, process 1, modules and gateway.
    package var guest: GuestFiles
    /// The options for packing the directory.
    package var tree: TreeOptions

    /// - Parameters:
    ///   - folder: The application's root as a directory tree.
    ///   - configuration: The configuration's path; nil for the package's own configuration.
    ///   - guest: The kernel, process 1, modules and gateway.
    ///   - tree: The options for packing the directory.
    package init(folder: String, configuration: String? = nil, guest: GuestFiles, tree: TreeOptions = TreeOptions()) {
        self.folder = folder
        self.configuration = configuration
        self.guest = guest
        self.tree = tree
    }

    /// Rebuilds the package and compares it.
    ///
    /// Reference values that depend on a firmware are copied from the package: a firmware is not part of the sources.
    ///
    /// - Parameters:
    ///   - package: The package, with verified parts.
    ///   - progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Returns: The most specific difference; nil where the sources give the same package.
    /// - Throws: `package.*`, `config.*`. Temporary files are removed in any case.
    package func difference(
        from package: SealedPackage,
        progress: ByteProgress.Report? = nil
    ) throws(PackageError) -> PackageDifference? {
        let work = FileManager.default.temporaryDirectory.appending(path: "adyton-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        } catch {
            throw PackageError(.unwritable, subject: work.path, found: error.localizedDescription)
        }
        defer { try? FileManager.default.removeItem(at: work) }
        let path = if let configuration { configuration } else { try copyOfConfiguration(of: package, in: work) }
        var inputs = PackageBuilder.Inputs(configuration: path, root: .folder(folder), guest: guest)
        inputs.tree = tree
        inputs.kernelKind = package.manifest.kernel?.kind
        inputs.acceptsUnsealedKernel = package.manifest.kernel?.kind == .unsealed
        var result = try PackageBuilder(inputs, progress: progress).build(in: work.path)
        for (platform, names) in package.manifest.referenceValues
        where platform != Platform.vtpm.rawValue {
            result.manifest.referenceValues[platform] = names
        }
        return try PackageDifference.between(package, result, progress: progress)
    }

    private func copyOfConfiguration(of package: SealedPackage, in folder: URL) throws(PackageError) -> String {
        let copy = folder.appending(path: "config.json")
        let bytes = try package.configuration()
        guard FileManager.default.createFile(atPath: copy.path, contents: Data(bytes)) else {
            throw PackageError(.unwritable, subject: copy.path)
        }
        return copy.path
    }
}
