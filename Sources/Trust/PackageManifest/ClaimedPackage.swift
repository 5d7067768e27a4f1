/// What a package claims about itself: its manifest, and who signed that.
///
/// It exists only where the signature is valid. Whether a machine runs this package is another question: that takes
/// evidence whose report data covers the manifest's digest, and a policy.
package struct ClaimedPackage: Sendable, Equatable {
    /// What the signer vouches for.
    package let manifest: Manifest
    /// The signature, which is valid for the manifest.
    package let signature: PackageSignature

    /// Whose key signed the manifest.
    package var signer: PublisherKey { signature.publicKey }

    /// Reads the two documents of a package and checks the signature of the manifest.
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
        self.signature = stated
    }
}
