import ArgumentParser
import RootFileSystem

/// `adyton excpio`: an archive into a directory tree.
struct ExtractCpioCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "excpio",
        abstract: "Extract a cpio archive (newc) into a new folder.",
        discussion: """
            The archive is treated as hostile: a path that leaves the folder, a repeated
            entry or a field out of bounds ends the command, and nothing is left behind.
            The folder must be empty or not exist. Only root sets owners.

            EXAMPLE
              adyton excpio rootfs.cpio appdir
            """
    )

    @Argument(help: "The archive.", completion: .file(extensions: ["cpio"]))
    var archive: String

    @Argument(help: "The folder to make.", completion: .directory)
    var folder: String

    func run() throws {
        try TransferProgress.show { report in
            try CpioExtractor.extract(archive, to: folder, progress: report)
        }
    }
}
