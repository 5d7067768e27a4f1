import ArgumentParser
import EnclavePackage
import MachineLaunch
import PackageManifest

/// `adyton run`: a package.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a package.",
        discussion: """
            Signature and digests are checked before anything starts, and disks again,
            block by block, as the guest reads them. Memory, processors, ports and time
            limit are the package's own. A port of the package leads to a free port of
            127.0.0.1, which is printed, unless --publish says which. What follows the
            package goes to the application where the package takes arguments.

            EXAMPLE
              adyton run app.adyton
              adyton run --publish 8080:8080 --detach --name oracle app.adyton
              adyton run --pubkey publisher.pem app.adyton
              adyton run --env LOG=debug app.adyton --verbose

            EXIT STATUS
              The application's own, or 128 and the signal that ended it; 100 to 113 and
              124 where the machine failed: see Docs/exit-codes.md.
            """
    )

    @OptionGroup var machine: MachineOptions
    @OptionGroup var trusting: TrustArguments
    @OptionGroup var mystikos: MystikosOptions
    @OptionGroup var tracing: MachineTracingOptions
    @OptionGroup var packaged: MystikosPackageOptions

    @Option(help: "snp, tdx or vtpm. Without it, the best that this host has and the package allows.")
    var platform: Platform?

    @Argument(help: "The package.", completion: .file(extensions: ["adyton"]))
    var package: String

    @Argument(parsing: .captureForPassthrough, help: "Arguments for the application, where the package takes them.")
    var arguments: [String] = []

    /// The application's arguments, without the mark before them.
    private var words: [String] { arguments.first == "--" ? Array(arguments.dropFirst()) : arguments }

    func run() throws {
        let sealed = try TransferProgress.show { progress in
            let sealed = try SealedPackage(opening: package, trusting: trusting.trust())
            try sealed.verifyParts(progress: progress)
            return sealed
        }
        let planned = try PackagedMachine(sealed, options: machine.launchOptions, arguments: words)
            .planned(on: platform) { Message.print($0.text) }
        try MachineSession(options: machine).run(planned)
    }
}

extension Platform: ExpressibleByArgument {}
