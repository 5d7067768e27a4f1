import ArgumentParser
import EnclavePackage
import Files

/// What every `exec` command takes, in a machine and in the sandbox: a root file system and what runs on it.
struct ApplicationArguments: ParsableArguments {
    @OptionGroup var mystikos: MystikosOptions

    @OptionGroup var root: RootArguments
    @OptionGroup var tree: TreeArguments

    @Option(
        name: [.customLong("memory-size"), .customLong("user-mem-size")],
        help: ArgumentHelp(
            "The application's memory, with k, m or g; a machine has 512m without it.",
            valueName: "size"
        )
    )
    var memory: ByteSize?

    @Option(
        name: [.customLong("cpus"), .customLong("max-affinity-cpus")],
        help: ArgumentHelp("The processors that the application has; a machine has 2 without it.", valueName: "count")
    )
    var processors: Int?

    @Option(help: ArgumentHelp("The main thread's stack, with k, m or g.", valueName: "size"))
    var mainStackSize: ByteSize?

    @Option(
        help: ArgumentHelp(
            "A configuration as a package has it. What it says comes before the command line.",
            valueName: "file"
        ),
        completion: .file(extensions: ["json"])
    )
    var appConfigPath: String?

    @Option(help: ArgumentHelp("The application's user and group.", valueName: "user:group"))
    var user: IdentityPair?

    @Option(help: "The application's working directory; the image's own without it, else the root.")
    var directory: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A variable of the application's, measured; repeatable.", valueName: "name=value")
    )
    var environment: [String] = []

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("ROOTFS APP [ARGS...]", valueName: "rootfs application")
    )
    var words: [String] = []

    func validate() throws {
        guard words.count >= 2 || words.count == 1 && appConfigPath != nil else {
            throw ValidationError(
                "ROOTFS and APP are missing; APP may be left out where --app-config-path names it. See --help."
            )
        }
        if words.count >= 2, !words[1].hasPrefix("/") {
            throw ValidationError("APP is an absolute path in the root file system, found '\(words[1])'.")
        }
        if let memory, !(64 << 20...1 << 44).contains(memory.bytes) {
            throw ValidationError("--memory-size takes at least 64m, found \(memory.bytes) bytes.")
        }
        if let processors, !(1...255).contains(processors) {
            throw ValidationError("--cpus takes 1 to 255, found \(processors).")
        }
        for variable in environment where !variable.contains("=") || variable.hasPrefix("=") {
            throw ValidationError("--set takes NAME=VALUE, found '\(variable)'.")
        }
    }

    /// Where the configuration's relative paths begin.
    var configurationFolder: String { appConfigPath.map { PathParts($0).folder } ?? "." }

    /// The configuration that the words stand for; where a file is named, the file comes first.
    ///
    /// - Parameter hostEnvironment: The host's variables, which are taken where no file says which are.
    /// - Returns: The configuration, checked as a package's is.
    /// - Throws: `config.*`, `package.input-missing`.
    func configuration(hostEnvironment: [String]) throws -> PackageConfiguration {
        if let path = appConfigPath {
            var configuration = try PackageConfiguration(reading: path)
            guard words.count >= 2 else { return configuration }
            let (program, arguments) = (words[1], Array(words.dropFirst(2)))
            guard let named = configuration.applicationPath else {
                configuration.applicationPath = program
                configuration.applicationParameters = arguments
                return configuration
            }
            guard named == program else {
                throw ValidationError(
                    "\(path) names the program \(named), and the command line \(program). Leave one of the two out."
                )
            }
            let own = configuration.applicationParameters ?? []
            guard arguments.isEmpty || arguments == own || configuration.takesHostParameters else {
                throw ValidationError(
                    "\(path) has the program's arguments, and takes none from the command line. Leave them out here, or "
                        + "say HostApplicationParameters there."
                )
            }
            return configuration
        }
        var configuration = PackageConfiguration()
        configuration.applicationPath = words[1]
        configuration.applicationParameters = Array(words.dropFirst(2))
        configuration.environment = environment
        configuration.hostEnvironment = hostEnvironment.map { String($0.prefix { $0 != "=" }) }
        configuration.workingDirectory = directory
        configuration.memoryInBytes = memory?.bytes
        configuration.mainStackInBytes = mainStackSize?.bytes
        configuration.processors = processors
        configuration.user = user?.number
        return configuration
    }
}

/// A size in bytes as Mystikos takes it: `k`, `m` and `g` of either case.
struct ByteSize: ExpressibleByArgument, Equatable {
    let bytes: Int

    init?(argument: String) {
        let factors: [Character: Int] = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
        let factor = argument.last.flatMap { factors[Character($0.lowercased())] }
        guard let number = Int(factor == nil ? argument[...] : argument.dropLast()), number > 0 else { return nil }
        let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: factor ?? 1)
        guard !isTooLarge else { return nil }
        self.bytes = bytes
    }
}

/// `USER:GROUP`.
struct IdentityPair: ExpressibleByArgument, Equatable {
    let number: PackageConfiguration.UserNumber

    init?(argument: String) {
        guard let number = PackageConfiguration.UserNumber(argument) else { return nil }
        self.number = number
    }
}
