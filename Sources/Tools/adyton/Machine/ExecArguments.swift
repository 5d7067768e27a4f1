import ArgumentParser
import EnclavePackage

/// What every `exec` command takes that starts a machine.
struct ExecArguments: ParsableArguments {
    static let help = """
        ROOTFS is an image that mkext2 wrote, a cpio archive or a directory; what
        has no hash tree yet gets one first, and nothing is mounted without. The
        application's arguments come last; options stand before ROOTFS. A machine is
        a DEBUG machine unless --sealed: what the application prints appears here.

        EXAMPLE
          adyton exec-vm --memory-size 512m appdir /bin/hello world
          adyton exec-vm --publish 8080:80 --ready-port 80 rootfs.img /bin/server

        EXIT STATUS
          The application's own, or 128 and the signal that ended it; 100 to 113 and
          124 where the machine failed: see Docs/exit-codes.md.
        """

    @OptionGroup var machine: MachineOptions
    @OptionGroup var application: ApplicationArguments
    @OptionGroup var tracing: MachineTracingOptions

    @Option(
        help: ArgumentHelp(
            "A port of the guest that answers when the application is ready; without it, any that --publish names.",
            valueName: "port"
        )
    )
    var readyPort: UInt16?

    @Flag(
        help: "Let the application open connections; it reaches everything that this host reaches, the host included."
    )
    var outbound = false

    @Flag(help: "Keep the console shut: nothing that the application prints reaches the host.")
    var sealed = false

    @Option(
        help: ArgumentHelp(
            "Write a policy that accepts this very machine, under this user's developer root.",
            discussion: "INSECURE: for exec-vm, whose TPM this host keeps. Nobody signed what it runs.",
            valueName: "file"
        )
    )
    var insecurePolicy: String?

    @OptionGroup var overwrite: OverwriteArguments

    @Option(
        help: ArgumentHelp(
            "The kernel; without it, the sealed one where it is installed, else the distribution's.",
            valueName: "file"
        )
    )
    var kernel: String?

    @Flag(help: "Let a kernel that is not sealed onto SEV-SNP and TDX; the host reaches its memory.")
    var unsealedKernel = false

    @Option(
        name: .customLong("init"),
        help: ArgumentHelp("Process 1; without it, the distribution's own.", valueName: "file")
    )
    var initial: String?

    @Option(help: ArgumentHelp("The kernel's modules; without it, the distribution's own.", valueName: "folder"))
    var modules: String?
}
