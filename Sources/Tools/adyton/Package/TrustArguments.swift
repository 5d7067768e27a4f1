import ArgumentParser
import EnclavePackage
import MachineLaunch
import PackageManifest

/// Whose packages are taken.
struct TrustArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp("Refuse a package that none of these public keys signed (repeatable).", valueName: "file"),
        completion: .file(extensions: ["pem"])
    )
    var pubkey: [String] = []

    @Option(
        help: ArgumentHelp(
            "Refuse a package that none of these signers signed (repeatable).",
            discussion: "64 hexadecimal digits: SHA-256 of the public key, as dump prints it.",
            valueName: "digest"
        )
    )
    var signer: [SignerIdentity] = []

    /// Refuses names of signers where there is no package that they could have signed.
    func check(beside package: String?) throws {
        guard package != nil || (pubkey.isEmpty && signer.isEmpty) else {
            throw ValidationError("--pubkey and --signer say whose package is taken; they need --package.")
        }
    }

    /// The named signers; anyone where none is named.
    func trust() throws(PackageError) -> SignerTrust {
        guard !pubkey.isEmpty || !signer.isEmpty else { return .anyone }
        var identities = signer.map(\.bytes)
        for path in pubkey { identities.append(try PublisherKey(reading: path).identity) }
        return .only(identities)
    }

    /// Reads what a policy sees of a package, after a look at all of its parts.
    ///
    /// - Parameter path: The package.
    /// - Returns: Its facts and reference values.
    /// - Throws: `package.*`, `manifest.*`, `package-signature.*`.
    func examine(_ path: String) throws -> ExaminedPackage {
        try TransferProgress.show { progress in
            try ExaminedPackage(opening: path, trusting: trust(), progress: progress)
        }
    }
}
