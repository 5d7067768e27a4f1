import ArgumentParser
import Diagnostics
import Foundation
import RootFileSystem

/// `adyton fssig`: what an image's signature block says, and whether it is true.
struct SignatureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fssig",
        abstract: "Print an image's signature block, and verify it with a key.",
        discussion: """
            Without --pubkey nothing is verified: the block says what its writer wanted.
            With it, every block of the image is compared with the hash tree, the tree
            with the root hash, and the root hash with the signature; exits with 65
            where one differs, and names it.

            EXAMPLE
              adyton fssig rootfs.img
              adyton fssig --roothash rootfs.img
              adyton fssig --pubkey signer.pub.pem rootfs.img
            """
    )

    private struct Document: Encodable {
        let hashOffset: Int
        let rootHash: String
        let salt: String
        let signature: String?
        let signer: String?
        let verified: Bool
    }

    @Argument(help: "The image.", completion: .file())
    var image: String

    @Flag(help: "Print the root hash alone.")
    var roothash = false

    @Option(
        help: ArgumentHelp("Verify by this RSA public key in PEM.", valueName: "file"),
        completion: .file(extensions: ["pem"])
    )
    var pubkey: String?

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
        guard !(json && roothash) else { throw ValidationError("--json and --roothash exclude each other.") }
    }

    func run() throws {
        let opened = try TransferProgress.show { report in
            let opened = try SealedImage(opening: image)
            if let pubkey { try opened.verify(by: SignerKey(reading: pubkey), progress: report) }
            return opened
        }
        if roothash {
            try printResult(Hexadecimal.text(opened.block.rootHash) + "\n")
        } else {
            try printResult(json ? try document(of: opened) : text(of: opened))
        }
    }

    private func document(of opened: SealedImage) throws -> String {
        let block = opened.block
        let document = Document(
            hashOffset: block.hashOffset,
            rootHash: Hexadecimal.text(block.rootHash),
            salt: Hexadecimal.text(opened.salt),
            signature: block.isSigned ? Hexadecimal.text(block.signature) : nil,
            signer: block.isSigned ? Hexadecimal.text(block.signer) : nil,
            verified: pubkey != nil
        )
        return try JSONReport.of(document)
    }

    private func text(of opened: SealedImage) -> String {
        let block = opened.block
        return """
            hash offset  \(block.hashOffset)
            root hash    \(Hexadecimal.text(block.rootHash))
            salt         \(Hexadecimal.text(opened.salt))
            signer       \(block.isSigned ? Hexadecimal.text(block.signer) : "none")
            signature    \(block.isSigned ? Hexadecimal.text(block.signature) : "none")
            verified     \(pubkey == nil ? "no, for there is no --pubkey" : "yes: data, hash tree and signature")

            """
    }
}
