package import EnclavePackage

/// A package as someone states it: its manifest, and who signed that.
///
/// It exists only where the signature is true. Whether a machine runs it is another question: that takes evidence whose
/// report data covers the manifest's digest, and a policy.
package struct ClaimedPackage: Sendable, Equatable {
    /// What the signer vouches for.
    package let manifest: Manifest
    /// Whose key is beside the manifest.
    package let signer: PublisherKey

    /// Reads the two documents that a machine hands out, and checks the one by the other.
    ///
    /// - Parameters:
    ///   - manifest: The manifest's bytes, exactly as in the package.
    ///   - signature: The signature's bytes, exactly as in the package.
    ///   - trust: Whose signature counts.
    /// - Throws: `package-signature.*`, `manifest.invalid`.
    package init(
        manifest: [UInt8],
        signature: [UInt8],
        trusting trust: SignerTrust = .anyone
    ) throws(PackageError) {
        let stated = try PackageSignature(signature)
        try stated.verify(manifest)
        try trust.check(stated.publicKey)
        self.manifest = try Manifest(manifest)
        signer = stated.publicKey
    }

    /// Takes a package's file at its word.
    ///
    /// - Parameter package: An opened package, whose signature is therefore true.
    package init(_ package: SealedPackage) {
        manifest = package.manifest
        signer = package.signature.publicKey
    }
}
