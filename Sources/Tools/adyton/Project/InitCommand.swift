import ArgumentParser
import EnclavePackage
import Foundation

/// `adyton init`: the least that a package needs, and the commands that come next.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Begin a package: write a minimal configuration, and say the next commands.",
        discussion: """
            Writes config.json and a .gitignore into the folder, and prints the commands
            that lead to a running machine. --from names what the application comes
            from: a Dockerfile, an image's archive, a program or a model pack. No key is
            made; the commands make one outside of the folder, where git does not see
            it.

            EXAMPLE
              adyton init app
              adyton init --from Dockerfile --port 8000 app
              adyton init --from Models/signal-flags flags
            """
    )

    @Argument(help: "The folder; it is made where it is missing.", completion: .directory)
    var folder: String

    @Option(help: ArgumentHelp("What the application comes from.", valueName: "path"), completion: .file())
    var from: String?

    @Option(help: ArgumentHelp("The port at which the application serves.", valueName: "port"))
    var port: UInt16?

    @Flag(name: .shortAndLong, help: "Replace a configuration that is there.")
    var force = false

    func validate() throws {
        if port == 0 { throw ValidationError("--port takes 1 to 65535, found 0.") }
    }

    func run() throws {
        let project = NewProject(in: folder, from: try from.map { try ProjectSource($0) }, port: port)
        try project.write(replacing: force)
        let key = Self.key(ProcessInfo.processInfo.environment)
        let hasKey = FileManager.default.fileExists(atPath: key)
        let commands = project.nextCommands(key: key, hasKey: hasKey)
        try printResult(
            "\(folder)/\(NewProject.configurationName) is written. Next:\n" + commands.map { "  \($0)\n" }.joined()
        )
    }

    /// Where a signer's key is kept: with a user's other settings, and in no project.
    private static func key(_ environment: [String: String]) -> String {
        let home = environment["HOME"] ?? FileManager.default.homeDirectoryForCurrentUser.path
        let settings = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "\(home)/.config"
        return "\(settings)/adyton/signer.pem"
    }
}
