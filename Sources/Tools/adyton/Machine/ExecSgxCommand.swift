import ArgumentParser
import EnclavePackage
import Foundation
import GramineLaunch
import Machine

/// `adyton exec-sgx`: an application in an SGX enclave, through Gramine.
struct ExecSgxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec-sgx",
        abstract: "Run an application of an app directory in an SGX enclave, through this host's Gramine.",
        discussion: """
            UNTRIED on SGX: what is written is checked against the fields of Gramine
            1.9's manifest, and the calls against a program that stands in for Gramine's.
            No MRENCLAVE is computed here; gramine-sgx-sign prints it.

            Writes a manifest in which every file is trusted by its SHA-256, has
            gramine-manifest render it and gramine-sgx-sign sign it, and runs it with
            gramine-sgx, or with --direct by gramine-direct, without an enclave. Gramine
            is not part of this project. Its network is the host's.

            EXAMPLE
              adyton exec-sgx appdir /bin/app
              adyton exec-sgx --direct --app-config-path config.json appdir
              adyton exec-sgx --dry-run appdir /bin/app

            EXIT STATUS
              The application's own, or 128 and the signal that ended it; 69 where one
              of Gramine's programs is missing or fails.
            """
    )

    @OptionGroup var application: ApplicationArguments

    @Flag(help: "Run it without an enclave, by gramine-direct; nothing is protected then.")
    var direct = false

    @Flag(help: "Print the manifest's template, and run nothing.")
    var dryRun = false

    @Flag(help: "Make an enclave that nobody can debug.")
    var sealed = false

    @Option(
        help: ArgumentHelp(
            "Sign with this RSA-3072 key of exponent 3; Gramine's own default without.",
            valueName: "file"
        ),
        completion: .file(extensions: ["pem"])
    )
    var key: String?

    @Option(
        help: ArgumentHelp("A variable for the application, where the configuration takes it.", valueName: "name=value")
    )
    var env: [String] = []

    func validate() throws {
        for variable in env where !variable.contains("=") || variable.hasPrefix("=") {
            throw ValidationError("--env takes NAME=VALUE, found '\(variable)'.")
        }
    }

    func run() async throws {
        var configuration = try application.configuration(hostEnvironment: env)
        if application.appConfigPath == nil { configuration.isDebug = !sealed }
        let words = Array(application.words.dropFirst(2))
        let described = GramineApplication(
            root: application.words[0],
            configuration: configuration,
            arguments: words
        )
        let (manifest, program) = try described.manifest()
        if dryRun { return try printResult(manifest.text) }
        if !direct, !FileManager.default.fileExists(atPath: GramineTools.device) {
            Message.print("this host has no \(GramineTools.device), so gramine-sgx will refuse; --direct needs none")
        }
        Message.print("UNTRIED on SGX: see adyton exec-sgx --help")
        let scratch = try ScratchFolder()
        let folder = GramineFolder(scratch.path, name: described.name(of: program))
        try folder.write(manifest, root: described.root, isCopied: false)
        let status = try await run(in: folder, takesWords: configuration.takesHostParameters)
        withExtendedLifetime(scratch) {}
        guard status == 0 else { throw ExitCode(status) }
    }

    /// Has Gramine prepare and run the application; a signal ends the first, and is passed on to the second.
    ///
    /// - Returns: The application's status.
    private func run(in folder: GramineFolder, takesWords: Bool) async throws -> Int32 {
        let signals = InterruptHandler()
        let (isSigned, key) = (!direct, key)
        do {
            try await signals.run { try await folder.prepare(isSigned: isSigned, key: key) }
        } catch {
            throw signals.exitStatus ?? error
        }
        return try await folder.run(
            direct ? .direct : .sgx,
            arguments: takesWords ? Array(application.words.dropFirst(2)) : [],
            environment: env
        ) { send in signals.forward(to: send) }
    }
}
