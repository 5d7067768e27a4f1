import ArgumentParser
import Machine
import RootFileSystem

/// What every `exec` command takes.
struct ExecArguments: ParsableArguments {
    static let help = """
        ROOTFS is an image that mkext2 wrote, any ext2 image, a cpio archive or a directory; what has no hash tree yet
        gets one first, and nothing is mounted without. The application's arguments come last; options stand before
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

    @Option(
        name: [.customLong("memory-size"), .customLong("user-mem-size")],
        help: ArgumentHelp("The guest's memory, with k, m or g.", valueName: "size")
    )
    var memory = ByteSize(bytes: 1 << 30)

    @Option(
        name: [.customLong("cpus"), .customLong("max-affinity-cpus")],
        help: ArgumentHelp("The guest's processors.", valueName: "count")
    )
    var processors = 1

    @Option(help: ArgumentHelp("The main thread's stack, with k, m or g.", valueName: "size"))
    var mainStackSize: ByteSize?

    @Option(
        name: .customLong("roothash"),
        help: ArgumentHelp(
            "Accept the image with this root hash, as fssig --roothash prints it; repeatable.",
            valueName: "file"
        )
    )
    var rootHashes: [String] = []

    @Option(
        name: .customLong("pubkey"),
        help: ArgumentHelp("Accept an image that this key signed; repeatable.", valueName: "pem")
    )
    var signers: [String] = []

    @Option(help: ArgumentHelp("The user and group that a packed directory's files get.", valueName: "user:group"))
    var owner: String?

    @Option(help: ArgumentHelp("The application's user and group in the guest.", valueName: "user:group"))
    var user: String?

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

    @Option(help: ArgumentHelp("A folder with vmlinuz and modules.", valueName: "folder"))
    var guest: String?

    @Option(name: .customLong("init"), help: ArgumentHelp("Another process 1.", valueName: "file"))
    var initial: String?

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
        guard memory.bytes >= 128 << 20, memory.bytes <= 1 << 44, memory.bytes % (1 << 20) == 0 else {
            throw ValidationError("--memory-size takes whole MiB, at least 128m, found \(memory.bytes) bytes.")
        }
        guard (1...255).contains(processors) else {
            throw ValidationError("--cpus takes 1 to 255, found \(processors).")
        }
        for pair in [owner, user].compactMap(\.self) where IdentityPair(pair) == nil {
            throw ValidationError("USER:GROUP are two numbers, found '\(pair)'.")
        }
        for variable in environment where !variable.contains("=") || variable.hasPrefix("=") {
            throw ValidationError("--set takes NAME=VALUE, found '\(variable)'.")
        }
    }
}

/// A size in bytes as Mystikos takes it: `k`, `m` and `g` of either case.
struct ByteSize: ExpressibleByArgument, Equatable {
    let bytes: Int

    init(bytes: Int) {
        self.bytes = bytes
    }

    init?(argument: String) {
        let factors: [Character: Int] = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
        let factor = argument.last.flatMap { factors[Character($0.lowercased())] }
        guard let number = Int(factor == nil ? argument[...] : argument.dropLast()), number > 0 else { return nil }
        let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: factor ?? 1)
        guard !isTooLarge else { return nil }
        self.bytes = bytes
    }

    var defaultValueDescription: String { "\(bytes >> 20)m" }
}

/// `USER:GROUP`.
struct IdentityPair: Equatable {
    let user: UInt32
    let group: UInt32

    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let user = UInt32(parts[0]), let group = UInt32(parts[1]) else { return nil }
        self.user = user
        self.group = group
    }
}
