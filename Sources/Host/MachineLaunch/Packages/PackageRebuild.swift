package import EnclavePackage
import Foundation
package import PackageManifest
package import RootFileSystem

/// Builds a package anew from its sources and compares the two: whether somebody's package is what its sources say.
package struct PackageRebuild {
    /// The application's root as a directory tree.
    package var folder: String
    /// The configuration's file; nil for the package's own.
    package var configuration: String?
    /// The kernel, process 1, modules and gateway.
    package var guest: GuestFiles
    /// How the directory is packed.
    package var tree: TreeOptions

    /// - Parameters:
    ///   - folder: The application's root.
    ///   - configuration: The configuration's file; nil for the package's own.
    ///   - guest: The kernel, process 1, modules and gateway.
    ///   - tree: How the directory is packed.
    package init(folder: String, configuration: String? = nil, guest: GuestFiles, tree: TreeOptions = TreeOptions()) {
        self.folder = folder
        self.configuration = configuration
        self.guest = guest
        self.tree = tree
    }

    /// Builds and compares.
    ///
    /// Reference values that need a firmware are taken from the package: a firmware is no part of the sources.
    ///
    /// - Parameters:
    ///   - package: The package, whose parts were compared with their digests.
    ///   - progress: Is told the bytes done and the bytes of all.
    /// - Returns: The difference that explains most; nil where the sources give the same package.
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
