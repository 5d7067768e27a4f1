import ArgumentParser
import Diagnostics
import EnclavePackage
import Foundation
import PackageManifest

/// `adyton keygen`: a pair of keys that signs packages.
struct KeygenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Make a pair of keys that signs packages.",
        discussion: """
            Writes the private key, which only its owner may read, and beside it the
            public key as NAME.pub.pem. Prints the signer's identity: SHA-256 of the
            public key. Keys of openssl work as well. What the old key signed cannot be
            signed again with a new one, so existing keys are refused without --force.

            EXAMPLE
              adyton keygen -o signer.pem
              adyton keygen --algorithm rsa-3072 -o signer.pem
            """
    )

    enum Algorithm: String, ExpressibleByArgument, CaseIterable {
        case ed25519
        case ecdsaP384 = "ecdsa-p384"
        case rsa3072 = "rsa-3072"

        var signing: SigningAlgorithm {
            switch self {
            case .ed25519: .ed25519
            case .ecdsaP384: .ecdsaP384
            case .rsa3072: .rsaPSS
            }
        }
    }

    @Option(help: "ed25519, ecdsa-p384 or rsa-3072.")
    var algorithm: Algorithm = .ed25519

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The private key's file.", valueName: "file"),
        completion: .file(extensions: ["pem"])
    )
    var outfile = "signer.pem"

    @OptionGroup var overwrite: OverwriteArguments

    func run() throws {
        let key = try PrivateKey(generating: algorithm.signing)
        try key.write(to: outfile, replacing: overwrite.force)
        try printResult(Hexadecimal.text(key.publicKey.identity) + "\n")
    }
}
