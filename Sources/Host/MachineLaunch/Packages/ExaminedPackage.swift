package import Attestation
import EnclavePackage
package import PackageManifest
import PeerVerification
package import RootFileSystem

/// What a policy sees of a package's file, after a look at all of its parts.
package struct ExaminedPackage: Sendable {
    /// What a policy's rules about packages and models are compared with.
    package let facts: Binding.PackageFacts
    /// What a policy is made from; measurements are computed anew where the parts determine them.
    package let values: PackageReferenceValues

    /// Opens a package, compares every part with its digest, and computes its measurements.
    ///
    /// - Parameters:
    ///   - path: The package.
    ///   - trust: Whose signature counts.
    ///   - progress: Is told the bytes done and the bytes of all.
    /// - Throws: `package.*`, `manifest.*`, `package-signature.*`.
    package init(
        opening path: String,
        trusting trust: SignerTrust,
        progress: ByteProgress.Report? = nil
    ) throws(PackageError) {
        let package = try SealedPackage(opening: path, trusting: trust)
        try package.verifyParts(progress: progress)
        let claim = package.claim
        facts = claim.facts
        values = claim.referenceValues(computed: try package.referenceValues(by: ReferenceMeasurer()))
    }
}
