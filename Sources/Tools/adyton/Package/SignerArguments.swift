import ArgumentParser
import EnclavePackage
import PackageManifest

/// Who signs: a key in a file, or a command that holds one.
struct SignerArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Sign by this shell command; KEY is then its public key.",
            discussion: "It reads the message from standard input and writes the signature to standard output.",
            valueName: "command"
        )
    )
    var signerCommand: String?

    // Mystikos's own three, so that the error for such a script names the option to use.
    @Option(help: .hidden)
    var signingEngineName: String?

    @Option(help: .hidden)
    var signingEnginePath: String?

    @Option(help: .hidden)
    var signingEngineKey: String?

    func validate() throws {
        guard signingEngineName == nil, signingEnginePath == nil, signingEngineKey == nil else {
            throw ValidationError(
                """
                --signing-engine-* name an OpenSSL engine, which OpenSSL itself gave up. Give --signer-command instead, \
                such as 'openssl dgst -sha384 -engine NAME -keyform engine -sign KEY' for an ECDSA key, and the public \
                key's file in the place of the private one.
                """
            )
        }
    }

    /// The signer.
    ///
    /// - Parameter key: The private key's file, or with a command the public key's.
    /// - Returns: Who signs.
    /// - Throws: `package.input-missing`, `key.invalid`.
    func signer(_ key: String) throws(PackageError) -> any Signer {
        guard let signerCommand else { return try PrivateKey(reading: key) }
        return CommandSigner(command: signerCommand, publicKey: try PublisherKey(reading: key))
    }
}
