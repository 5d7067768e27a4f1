import ArgumentParser
import RootFileSystem

/// `adyton exext2`: an ext2 image into a directory tree.
struct ExtractExt2Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exext2",
        abstract: "Extract an ext2 image into a new folder.",
        discussion: """
            Needs neither root nor a mount. The image is treated as hostile: a block with
            two uses, a name that leaves the folder or a number out of bounds ends the
            command, and nothing is left behind. The folder must be empty or not exist,
            or --force. Only root sets owners and security attributes. fssig --pubkey
            verifies who made the image.

            EXAMPLE
              adyton exext2 rootfs.img appdir
            """
    )

    @Argument(help: "The image.", completion: .file())
    var image: String

    @Argument(help: "The folder to make.", completion: .directory)
    var folder: String

    @OptionGroup var overwrite: OverwriteArguments

    func run() throws {
        try TransferProgress.show { report in
            try Ext2Extractor.extract(image, to: folder, replacing: overwrite.force, progress: report)
        }
    }
}
