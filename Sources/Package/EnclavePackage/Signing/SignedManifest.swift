package import PackageManifest

/// A manifest with its signature, as ``PackageWriter`` writes them.
package struct SignedManifest: Sendable {
    /// What was signed.
    package let manifest: Manifest
    /// The manifest's text, the bytes that were signed.
    package let bytes: [UInt8]
    /// The signature's document.
    package let signature: [UInt8]

    /// Signs a manifest.
    ///
    /// - Parameters:
    ///   - manifest: Names every part.
    ///   - signer: Holds the private key; a ``CommandSigner`` may wait for a person.
    /// - Throws: `manifest.*` and `package.part-too-large` where no reader would accept the manifest, `key.invalid`,
    ///   `package-signature.command-failed`.
    package init(_ manifest: Manifest, by signer: any Signer) async throws(PackageError) {
        let bytes = Array(manifest.text.utf8)
        // A manifest that no reader accepts must not leave this machine.
        _ = try Manifest(bytes)
        guard bytes.count <= PackageLayout.largestManifest else {
            throw PackageError(
                .partTooLarge,
                subject: PackageLayout.manifestName,
                expected: "at most \(PackageLayout.largestManifest) bytes",
                found: "\(bytes.count)"
            )
        }
        self.manifest = manifest
        self.bytes = bytes
        signature = Array(try await PackageSignature(of: bytes, by: signer).text.utf8)
    }
}
