package import Attestation
import EnclavePackage
package import PackageManifest
import PeerVerification
package import RootFileSystem

/// The facts and reference values of a package's file, after verification of all parts.
package struct ExaminedPackage: Sendable {
    /// The facts that a policy's rules about packages and models are compared with.
    package let facts: Binding.PackageFacts
    /// The reference values for a policy; measurements are recomputed where the parts determine them.
    package let values: PackageReferenceValues

    /// Opens a package, compares every part with its digest, and computes its measurements.
    ///
    /// - Parameters:
    ///   - path: The package.
    ///   - trust: The trusted signers.
    ///   - progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Throws: `package.*`, `manifest.*`, `package-signature.*`.
    package init(
        opening path: String,
        trusting trust: SignerTrust,
        progress: ByteProgress.Report? = nil
    ) throws(PackageError) {
        let package = try SealedPackage(opening: path, trusting: trust)
        try package.verifyParts(progress: progress)
        _ = try package.kernel(for: package.launchPlan())
        let claim = package.claim
        facts = claim.facts
        values = claim.referenceValues(computed: try package.referenceValues(by: ReferenceMeasurer()))
    }
}
