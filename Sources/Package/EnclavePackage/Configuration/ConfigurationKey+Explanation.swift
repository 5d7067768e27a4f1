extension ConfigurationKey {
    /// How a key is handled.
    package enum Effect: String, Sendable {
        /// It has the documented effect.
        case effective
        /// It is validated and has no effect.
        case none
        /// It is refused.
        case refused
    }

    /// Whether Mystikos has the key.
    package var isFromMystikos: Bool {
        switch self {
        case .name, .packageVersion, .platforms, .processors, .timeLimit, .ports, .outboundNetwork, .nameServers,
            .readiness, .writable, .modelPacks, .user, .openFiles, .capabilities, .attestation, .gateway:
            false
        default: true
        }
    }

    /// How the key is handled.
    package var effect: Effect {
        switch self {
        case .createZeroBaseEnclave, .enclaveStartAddress, .threadStackSize, .noBrk, .execStack, .forkMode,
            .unhandledSyscallEnosys, .hostUDS, .syslogLevel:
            .none
        case .secret: .refused
        default: .effective
        }
    }

    /// The key's effect, or the reason why it has none, in one or two sentences.
    package var explanation: String {
        identityExplanation ?? applicationExplanation ?? machineExplanation ?? enclaveExplanation
    }

    private var identityExplanation: String? {
        switch self {
        case .version: "The version of Mystikos's keys: \"0.1\" or absent."
        case .debug:
            """
            The console and all that the application prints reach the host, and the manifest says so. Policies refuse \
            such a package unless they name it.
            """
        case .productID: "The product's number, 0 to 65535, in the manifest."
        case .securityVersion: "The security version, 0 to 65535, in the manifest; a policy may ask for at least one."
        case .name: "The package's name, in the manifest and in its file's name; without it, that of the program."
        case .packageVersion: "The publisher's own version, for people."
        case .attestation:
            """
            Whether the application can ask for evidence: "offered", where the machine has something that vouches for \
            it, as without this key; "required", and without evidence nothing is started; "none".
            """
        case .gateway:
            """
            Attested TLS in front of an application that speaks plain HTTP: ApplicationPort is the application's, Port \
            the machine's, 8443 without it. Nothing else of the application can be reached, and it reaches nothing. \
            Files gives it key, certificate and evidence as files.
            """
        case .platforms:
            "The platforms that the package is made for: snp, tdx, vtpm; without it all that its kernel is allowed on."
        default: nil
        }
    }

    private var applicationExplanation: String? {
        switch self {
        case .applicationPath:
            "The program, an absolute path; without it, Entrypoint and Cmd of the root's appenv.json."
        case .applicationParameters:
            "The program's arguments, measured; one text counts as one argument. They replace the image's Cmd."
        case .hostApplicationParameters: "Lets arguments of the host replace ApplicationParameters, unmeasured."
        case .environmentVariables: "NAME=VALUE, measured; each replaces the image's variable of that name."
        case .hostEnvironmentVariables: "Names of variables that the host may set, unmeasured; all others stay out."
        case .currentWorkingDirectory: "The working directory; without it the image's WorkingDir, else \"/\"."
        case .user: "User and group as numbers, \"1000\" or \"1000:1000\"; without it the image's User, else root."
        case .openFiles: "The most open files, 16 to 1048576; 65536 without it."
        case .capabilities:
            """
            Linux capabilities by name, and for root "container", those that it usually has in a container; none without \
            it. An image whose root starts as root and becomes another user needs "container".
            """
        case .mainStackSize: "The main thread's stack, which glibc gives every further thread, too."
        case .maxAffinityCPUs: "The most processors that the application sees; 0 for all."
        case .modelPacks:
            "Folders of the root that are model packs: checked against their cards, their digests in the manifest."
        default: nil
        }
    }

    private var machineExplanation: String? {
        switch self {
        case .memorySize:
            """
            The application's memory, at least 64 MiB, which a smaller value becomes; the machine gets 256 MiB more, for \
            its kernel. 512 MiB without it. Measurements depend on it.
            """
        case .userMemSize: "The older name of MemorySize."
        case .hostname: "The machine's host name; \"adyton\" without it."
        case .mount:
            """
            Type ramfs is memory. Type ext2 is an image with a hash tree that the package carries as a further disk: \
            Source or --mount names it, RootHash, PublicKey, --roothash or --pubkey vouches for it. With AtRun the \
            package pins its root hash without carrying it, and adyton run --mount names it. Type hostfs is refused, for \
            a host's folder is not measured.
            """
        case .processors: "The machine's processors, 1 to 255; 2 without it. Some measurements depend on it."
        case .timeLimit: "After so many seconds the launcher stops the machine; never without it."
        case .ports: "TCP ports of the guest that the launcher forwards; without it the image's ExposedPorts."
        case .outboundNetwork: "Lets the application open connections to the outside; without it, it is only called."
        case .nameServers: "IPv4 addresses for /etc/resolv.conf, with OutboundNetwork."
        case .readiness:
            """
            Port, and perhaps Path: the application counts as ready once that answers. Without it, once one of Ports \
            answers; without ports, once it has started.
            """
        case .writable:
            """
            Folders where the application may write, kept in memory: a path, or Target with Size and Mode, or with \
            KeepContent for changes over what is there. /tmp and /run without it.
            """
        default: nil
        }
    }

    private var enclaveExplanation: String {
        switch self {
        case .createZeroBaseEnclave, .enclaveStartAddress:
            "Nothing: the application runs in a machine with addresses of its own, not in an enclave in a host's process."
        case .threadStackSize:
            "Nothing: threads get what their own C library gives them; glibc takes MainStackSize for them, too."
        case .noBrk: "Nothing: brk is that of a real kernel, without the limit that the key gets around."
        case .execStack: "Nothing: a real kernel gives an executable stack to a program whose file asks for one."
        case .forkMode: "Nothing: fork is that of a real kernel, complete, in every mode."
        case .unhandledSyscallEnosys: "Nothing: a real kernel answers an unknown system call with ENOSYS, always."
        case .hostUDS:
            "Nothing: Unix-domain sockets work inside the machine; the host has none that a sealed machine could reach."
        case .syslogLevel: "Nothing: what the kernel logs reaches nobody, but in debug, where all from level 4 does."
        case .secret:
            """
            Refused: nothing here releases secrets to a package, and an application that starts without what it counts \
            on is worse than none. Leave the key out, and send the running application its secrets over a connection \
            that it protects itself.
            """
        default: "Nothing."
        }
    }
}
