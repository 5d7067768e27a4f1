import ArgumentParser
import RootFileSystem

/// `adyton mkcpio`: a directory tree into an archive.
struct MakeCpioCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mkcpio",
        abstract: "Write a directory tree as a cpio archive (newc).",
        discussion: """
            The same tree gives the same bytes everywhere: names are sorted, inodes
            renumbered, and times later than SOURCE_DATE_EPOCH (default 0) become that.
            The format has neither extended attributes nor files of 4 GiB; mkext2 has
            both. An existing archive is refused without --force.

            EXAMPLE
              adyton mkcpio --owner 0:0 appdir rootfs.cpio
            """
    )

    @Argument(help: "The tree's root.", completion: .directory)
    var folder: String

    @Argument(help: "The archive.", completion: .file(extensions: ["cpio"]))
    var archive: String

    @OptionGroup var tree: TreeArguments
    @OptionGroup var overwrite: OverwriteArguments

    func run() throws {
        let options = try tree.options()
        let count = try TransferProgress.show { report in
            try CpioWriter.write(
                folder,
                to: archive,
                options: options,
                replacing: overwrite.force,
                progress: report
            )
        }
        guard count > 0 else { return }
        Message.print(
            "\(count) \(count == 1 ? "entry has" : "entries have") extended attributes or access control lists, and the archive "
                + "has none; mkext2 keeps the attributes"
        )
    }
}
