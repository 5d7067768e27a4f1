package import PackageManifest

/// Signs packages: a key in a file (``PrivateKey``), or a program that has one (``CommandSigner``).
package protocol Signer: Sendable {
    /// The public key.
    var publicKey: PublisherKey { get }

    /// Signs a message.
    ///
    /// - Parameter message: The whole message; the signer hashes it as its algorithm requires.
    /// - Returns: The signature in the algorithm's encoding.
    /// - Throws: `key.invalid`, `package-signature.command-failed`.
    func sign(_ message: [UInt8]) async throws(PackageError) -> [UInt8]
}
