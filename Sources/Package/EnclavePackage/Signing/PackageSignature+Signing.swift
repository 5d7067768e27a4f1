package import PackageManifest

extension PackageSignature {
    /// Signs a manifest.
    ///
    /// - Parameters:
    ///   - manifest: The manifest's bytes.
    ///   - signer: Holds the private key.
    /// - Throws: What the signer throws.
    package init(of manifest: [UInt8], by signer: any Signer) async throws(PackageError) {
        self.init(publicKey: signer.publicKey, signature: try await signer.sign(Self.message(for: manifest)))
    }
}
