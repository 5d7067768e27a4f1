import Diagnostics

/// Whose signature counts.
package enum SignerTrust: Sendable, Equatable {
    /// Anyone's: the signature proves that the package is whole, and nothing of who made it.
    case anyone
    /// Only that of signers with these identities, SHA-256 of their public keys in DER.
    case only([[UInt8]])

    /// Checks a signer.
    ///
    /// - Parameter key: Who signed.
    /// - Throws: `package-signature.signer-untrusted`.
    package func check(_ key: PublisherKey) throws(PackageError) {
        guard case .only(let identities) = self, !identities.contains(key.identity) else { return }
        throw PackageError(
            .signerUntrusted,
            subject: "the signer",
            expected: identities.map { Hexadecimal.text($0) }.joined(separator: " or "),
            found: Hexadecimal.text(key.identity)
        )
    }
}
