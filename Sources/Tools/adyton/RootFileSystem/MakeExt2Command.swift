import ArgumentParser
import Diagnostics
import RootFileSystem

/// `adyton mkext2`: a directory tree into a verified image.
struct MakeExt2Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mkext2",
        abstract: "Write a directory tree as an ext2 image with a hash tree and a signature.",
        discussion: """
            One file: the ext2 file system, the dm-verity hash tree over it, and a
            signature block of 4096 bytes. Prints the root hash. The same tree gives the
            same bytes everywhere: times later than SOURCE_DATE_EPOCH (default 0) become
            that, and UUID and salt derive from the content.

            Mystikos's options have the same names here. --encrypt and --passphrase are
            refused: an image is signed, not secret, and nothing here releases keys to a
            machine. Send secrets to the running application, over a connection that has
            verified it. --trace has nothing to show, for no other program runs.

            EXAMPLE
              adyton mkext2 --owner 0:0 appdir rootfs.img
              adyton mkext2 --sign signer.pub.pem:signer.pem --force appdir rootfs.img
            """
    )

    @Argument(help: "The tree's root.", completion: .directory)
    var folder: String

    @Argument(help: "The image.", completion: .file())
    var image: String

    @Option(
        help: ArgumentHelp("The file system's size; at least 8388608. Without it, what is needed.", valueName: "bytes")
    )
    var size: Int?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Sign with these RSA keys in PEM.", valueName: "public:private")
    )
    var sign: String?

    @Option(
        help: ArgumentHelp(
            "Precedes each block in the hash; 64 hexadecimal digits. Without it, derived from the content.",
            valueName: "hex"
        )
    )
    var salt: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Refused: images are not encrypted.", valueName: "keyfile"))
    var encrypt: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Refused: images are not encrypted.", valueName: "text"))
    var passphrase: String?

    @Flag(name: .shortAndLong, help: "Taken and without effect: no other program runs.")
    var trace = false

    @OptionGroup var tree: TreeArguments
    @OptionGroup var overwrite: OverwriteArguments

    func validate() throws {
        // Neither value is repeated: one names a key, the other may be one.
        for (option, value) in [("--encrypt", encrypt), ("--passphrase", passphrase)] where value != nil {
            throw ValidationError(
                "\(option) is not supported: an image is signed and not secret, and no machine here is given a key to it. "
                    + "Leave it out, and send what has to be secret to the running application, over a connection that "
                    + "has verified it (Docs/how-to/connect-to-a-machine.md)."
            )
        }
        if let size, size < 8 << 20 { throw ValidationError("--size takes at least 8388608 bytes, found \(size).") }
        if let salt, Hexadecimal.bytes(salt)?.count != 32 {
            throw ValidationError("--salt takes 64 hexadecimal digits, found '\(salt)'.")
        }
        if let sign, sign.split(separator: ":", omittingEmptySubsequences: false).count != 2 {
            throw ValidationError("--sign takes two files, as in public.pem:private.pem, found '\(sign)'.")
        }
    }

    func run() throws {
        var options = Ext2Writer.Options()
        options.tree = try tree.options()
        options.size = size
        options.salt = salt.flatMap { Hexadecimal.bytes($0) }
        options.isReplacing = overwrite.force
        if trace { Message.print("no other program runs, so --trace shows none") }
        let block = try TransferProgress.show { report in
            if let parts = sign?.split(separator: ":").map(String.init), parts.count == 2 {
                options.keys = try SigningKeys(publicKey: parts[0], privateKey: parts[1])
            }
            return try Ext2Writer.write(folder, to: image, options: options, progress: report)
        }
        try printResult(Hexadecimal.text(block.rootHash) + "\n")
    }
}
