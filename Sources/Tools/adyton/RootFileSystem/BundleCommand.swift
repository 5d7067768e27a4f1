import ApplicationBundle
import ArgumentParser
import Diagnostics
import RootFileSystem

/// `adyton bundle`: a program and what it needs into an app directory.
struct BundleCommand: ParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Make an app directory of a program, its libraries and what you add.",
        discussion: """
            Follows what program and libraries ask for as the dynamic linker does,
            copies it without what only a debugger reads, makes the empty folders that a
            sealed machine mounts on, and a minimal /etc. No shell, no tool. A library
            that the program opens by itself is named with --library; it goes into the
            folder lib beside the program's own. Prints the programs and libraries. Then
            mkext2 makes an image of it.

            EXAMPLE
              adyton bundle .build/release/adyton-server:/adyton/bin/adyton-server appdir \\
                --library .deps/onnxruntime/lib/libonnxruntime.so.1 \\
                --add Models/signal-flags:/adyton/model
            """
    )

    @Argument(help: ArgumentHelp("The program, and its path in the directory.", valueName: "program:path"))
    var program: String

    @Argument(help: "The app directory; it must be empty or not exist, or --force.", completion: .directory)
    var folder: String

    @Option(
        name: .customLong("library"),
        help: ArgumentHelp("A library that the program opens while it runs; may be repeated.", valueName: "file")
    )
    var libraries: [String] = []

    @Option(
        name: .customLong("library-path"),
        help: ArgumentHelp("A folder to look for libraries in; may be repeated.", valueName: "folder")
    )
    var libraryFolders: [String] = []

    @Option(
        name: .customLong("add"),
        help: ArgumentHelp("A file or a tree, and its path in the directory; may be repeated.", valueName: "from:path")
    )
    var additions: [String] = []

    @Flag(help: "Keep what only a debugger reads.")
    var keepSymbols = false

    @OptionGroup var overwrite: OverwriteArguments

    func validate() throws {
        for pair in [program] + additions where Self.split(pair) == nil {
            throw ValidationError("'\(pair)' is not SOURCE:PATH with an absolute path.")
        }
    }

    func run() throws {
        guard let (source, target) = Self.split(program) else { throw ExitStatus.usage }
        var contents = AppBundle.Contents(program: source, at: target)
        contents.libraries = libraries
        contents.libraryFolders = libraryFolders
        contents.additions = additions.compactMap(Self.split)
        contents.isStripped = !keepSymbols
        let paths = try AppBundle.make(contents, in: folder, replacing: overwrite.force)
        try printResult(paths.map { $0 + "\n" }.joined())
    }

    private static func split(_ pair: String) -> (source: String, target: String)? {
        guard let colon = pair.lastIndex(of: ":"), colon != pair.startIndex else { return nil }
        let target = pair[pair.index(after: colon)...]
        return target.hasPrefix("/") ? (String(pair[..<colon]), String(target)) : nil
    }
}
