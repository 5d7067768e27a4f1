import Files
import Foundation
package import GuestInterface
package import PackageManifest
package import RootFileSystem

extension SealedPackage {
    /// The launch plan, read from the initial file system, which the machine measures.
    ///
    /// - Returns: The plan.
    /// - Throws: `package.part-changed`, `manifest.mismatch` where its last file is no launch plan.
    package func launchPlan() throws(PackageError) -> LaunchPlan {
        let bytes = try read(Manifest.PartName.initialFileSystem, atMost: InitialFileSystem.largestSize)
        guard let plan = InitialFileSystem.plan(in: bytes) else {
            throw PackageError(
                .manifestMismatch,
                subject: Manifest.PartName.initialFileSystem,
                expected: "a launch plan as its last file",
                found: "none"
            )
        }
        guard plan.isDebug == manifest.isDebug else {
            throw PackageError(
                .manifestMismatch,
                subject: "debug of the launch plan",
                expected: "\(manifest.isDebug)",
                found: "\(plan.isDebug)"
            )
        }
        guard plan.isKernelAllowed else {
            throw PackageError(kernelUnsealedFor: plan.platforms.joined(separator: ", "))
        }
        guard manifest.kernel == nil || manifest.kernel?.kind == plan.kernel else {
            throw PackageError(
                .manifestMismatch,
                subject: "kernel of the launch plan",
                expected: manifest.kernel?.kind.rawValue,
                found: plan.kernel.rawValue
            )
        }
        return plan
    }

    /// The kernel as it is, compared with what launch plan and manifest say of it.
    ///
    /// - Parameter plan: This package's launch plan.
    /// - Returns: The plan's kind, and what the kernel's own header names.
    /// - Throws: `package.part-changed`, `manifest.mismatch`, `package.input-invalid`.
    package func kernel(for plan: LaunchPlan) throws(PackageError) -> Manifest.KernelEntry {
        let bytes = try read(Manifest.PartName.kernel, atMost: KernelImage.largestFile)
        return try KernelImage(bytes, name: Manifest.PartName.kernel).entry(for: plan, manifest)
    }

    /// The root file system's files, read in place.
    ///
    /// - Returns: The image without its hash tree.
    /// - Throws: `manifest.mismatch` where the root volume is larger than its part.
    package func rootContents() throws(PackageError) -> Ext2Contents {
        let part = try part(Manifest.PartName.root)
        let blocks = manifest.root?.blocks ?? 0
        guard blocks > 0, blocks <= UInt64(part.size / VerityGeometry.blockSize) else {
            throw PackageError(
                .manifestMismatch,
                subject: part.name,
                expected: "a root volume that the command line describes",
                found: "\(part.size) bytes"
            )
        }
        return Ext2Contents(OpenFile(sharing: file), at: part.offset, size: Int(blocks) * VerityGeometry.blockSize)
    }

    /// The configuration as the publisher wrote it.
    ///
    /// - Returns: UTF-8.
    /// - Throws: `package.part-changed`, `package.part-too-large`.
    package func configuration() throws(PackageError) -> [UInt8] {
        try read(Manifest.PartName.configuration, atMost: PackageConfiguration.largestFile)
    }

    /// Writes the package with another signature of its manifest.
    ///
    /// - Parameters:
    ///   - signed: This package's manifest, signed anew.
    ///   - path: The new package's path, which may be this package's.
    ///   - replacing: Whether an existing file is replaced.
    ///   - progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Throws: `package.*`.
    package func write(
        _ signed: SignedManifest,
        to path: String,
        replacing: Bool,
        progress: ByteProgress.Report? = nil
    ) throws(PackageError) {
        try PackageWriter.write(
            signed,
            parts.map { .file(file, offset: $0.offset, size: $0.size) },
            to: path,
            replacing: replacing,
            progress: progress
        )
    }
}
