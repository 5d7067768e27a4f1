import LaunchMeasurement
package import PackageManifest

extension SealedPackage {
    /// Computes the reference values of this package's launch from its parts.
    ///
    /// - Parameter measurer: Computes the platforms' reference values.
    /// - Returns: Hexadecimal digits by platform and name.
    /// - Throws: `package.input-invalid`, `manifest.mismatch` where the manifest contains another value.
    package func referenceValues(by measurer: ReferenceMeasurer) throws(PackageError) -> [String: [String: String]] {
        let kernel = try read(Manifest.PartName.kernel, atMost: KernelImage.largestFile)
        let initial = try read(Manifest.PartName.initialFileSystem, atMost: InitialFileSystem.largestSize)
        let values = try measurer.values(
            kernel: PartContent(kernel, name: Manifest.PartName.kernel),
            initialFileSystem: PartContent(initial, name: Manifest.PartName.initialFileSystem),
            commandLine: manifest.commandLine,
            needs: manifest.machine
        )
        // The manifest's values are for the default software; other software may give other values.
        guard measurer.software == ReferenceMeasurer().software else { return values }
        for (platform, names) in manifest.referenceValues.sorted(by: { $0.key < $1.key }) {
            for (name, stated) in names.sorted(by: { $0.key < $1.key }) {
                guard let computed = values[platform]?[name], computed != stated else { continue }
                throw PackageError(
                    .manifestMismatch,
                    subject: "referenceValues.\(platform).\(name)",
                    expected: "\(computed), which follows from the parts",
                    found: stated
                )
            }
        }
        return values
    }
}
