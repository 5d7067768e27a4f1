package import PackageManifest

/// Who signs a package: a key in a file, or a program that holds one.
package protocol Signer: Sendable {
    /// The public half.
    var publicKey: PublisherKey { get }

    /// Signs a message.
    ///
    /// - Parameter message: What to sign, whole: whoever signs hashes it as its algorithm says.
    /// - Returns: The signature as the algorithm spells it.
    /// - Throws: `key.invalid`, `package-signature.command-failed`.
    func sign(_ message: [UInt8]) async throws(PackageError) -> [UInt8]
}
