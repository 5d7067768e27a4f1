import ArgumentParser
import EnclavePackage

/// What every `exec` command takes.
struct ExecArguments: ParsableArguments {
    static let help = """
        ROOTFS is an image that mkext2 wrote, a cpio archive or a directory; what has no hash tree yet gets one first,
        and nothing is mounted without. The application's arguments come last; options stand before
        ROOTFS. A machine is a DEBUG machine unless --sealed: what the application prints appears here.

        EXAMPLE
          adyton exec-vm --memory-size 512m appdir /bin/hello world
          adyton exec-vm --publish 8080:8080 --ready-port 8080 rootfs.img /usr/bin/server

        EXIT STATUS
          The application's own, or 128 and the signal that ended it; 100 to 113 and 124 where the machine failed:
          see Docs/exit-codes.md.
        """

    @OptionGroup var machine: MachineOptions
    @OptionGroup var mystikos: MystikosOptions

    @OptionGroup var root: RootArguments
    @OptionGroup var tree: TreeArguments

    @Option(
        name: [.customLong("memory-size"), .customLong("user-mem-size")],
        help: ArgumentHelp("The application's memory, with k, m or g; 512m without it.", valueName: "size")
    )
    var memory: ByteSize?

    @Option(
        name: [.customLong("cpus"), .customLong("max-affinity-cpus")],
        help: ArgumentHelp("The guest's processors; 2 without it.", valueName: "count")
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

    @Option(help: ArgumentHelp("The application's user and group in the guest.", valueName: "user:group"))
    var user: IdentityPair?

    @Option(help: "The application's working directory.")
    var directory = "/"

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A variable of the application's, measured; repeatable.", valueName: "name=value")
    )
    var environment: [String] = []

    @Option(help: ArgumentHelp("A port of the guest that answers when the application is ready.", valueName: "port"))
    var readyPort: UInt16?

    @Flag(
        help: "Let the application open connections; it reaches everything that this host reaches, the host included."
    )
    var outbound = false

    @Flag(help: "Keep the console shut: nothing that the application prints reaches the host.")
    var sealed = false

    @Option(help: ArgumentHelp("The kernel; without it, the distribution's own.", valueName: "file"))
    var kernel: String?

    @Option(
        name: .customLong("init"),
        help: ArgumentHelp("Process 1; without it, the distribution's own.", valueName: "file")
    )
    var initial: String?

    @Option(help: ArgumentHelp("The kernel's modules; without it, the distribution's own.", valueName: "folder"))
    var modules: String?

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("ROOTFS APP [ARGS…]", valueName: "rootfs application")
    )
    var words: [String] = []

    func validate() throws {
        guard words.count >= 2 else { throw ValidationError("ROOTFS and APP are missing; see --help.") }
        guard words[1].hasPrefix("/") else {
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
