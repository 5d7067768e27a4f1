import ArgumentParser
import RootFileSystem

/// `adyton excpio`: an archive into a directory tree.
struct ExtractCpioCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "excpio",
        abstract: "Extract a cpio archive (newc) into a new folder.",
        discussion: """
            The archive is treated as hostile: a path that leaves the folder, a repeated
            file or a field out of bounds ends the command, and nothing is left behind.
            The folder must be empty or not exist, or --force. Only root sets owners.
            Like the kernel it reads archives that follow each other, and archives that
            gzip, zstd or xz compressed; a later one replaces files of earlier ones.

            EXAMPLE
              adyton excpio rootfs.cpio appdir
            """
    )

    @Argument(help: "The archive.", completion: .file(extensions: ["cpio"]))
    var archive: String

    @Argument(help: "The folder to make.", completion: .directory)
    var folder: String

    @OptionGroup var overwrite: OverwriteArguments

    func run() throws {
        try TransferProgress.show { report in
            try CpioExtractor.extract(archive, to: folder, replacing: overwrite.force, progress: report)
        }
    }
}
