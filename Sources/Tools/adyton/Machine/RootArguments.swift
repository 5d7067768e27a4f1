import ArgumentParser
import RootFileSystem

/// What a root file system has to be to be launched, for every command that launches one.
struct RootArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp("Trust an image with the root hash in this file; may be repeated.", valueName: "file"),
        completion: .file()
    )
    var roothash: [String] = []

    @Option(
        help: ArgumentHelp("Trust an image signed by this RSA public key in PEM; may be repeated.", valueName: "file"),
        completion: .file(extensions: ["pem"])
    )
    var pubkey: [String] = []

    /// The trust that the files state.
    func trust() throws(RootFileSystemError) -> ImageTrust {
        var trust = ImageTrust()
        for path in roothash { try trust.trustRootHash(in: path) }
        for path in pubkey { try trust.trustSigner(in: path) }
        return trust
    }
}
