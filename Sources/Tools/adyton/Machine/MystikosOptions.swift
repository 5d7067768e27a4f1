import ArgumentParser

/// The options of Mystikos's `exec` that are not supported: each is parsed, and its refusal says what to use instead.
///
/// The sandbox has them, too, so that an answer names only options that both have, or the command that has another.
struct MystikosOptions: ParsableArguments {
    @Option(help: .hidden) var threadStackSize: String?
    @Option(help: .hidden) var hostToEncUidMap: String?
    @Option(help: .hidden) var hostToEncGidMap: String?
    @Option(help: .hidden) var unhandledSyscallEnosys: String?
    @Option(help: .hidden) var straceFilterTid: String?
    @Option(help: .hidden) var straceFilterPid: String?
    @Flag(name: [.customLong("trace-errors"), .customLong("etrace")], help: .hidden) var traceErrors = false
    @Flag(name: [.customLong("memcheck"), .customLong("crt-memcheck")], help: .hidden) var memcheck = false
    @Flag(help: .hidden) var nobrk = false
    @Flag(help: .hidden) var execStack = false
    @Flag(help: .hidden) var perf = false
    @Flag(help: .hidden) var reportNativeTids = false
    @Flag(help: .hidden) var hostUds = false
    @Option(help: .hidden) var forkMode: String?
    @Option(help: .hidden) var syslogLevel: String?

    func validate() throws {
        let linux = "the application runs on Linux itself"
        let oneProcess = "exec-linux --strace writes each line's process in front of it; pick by that"
        let answers: [(isGiven: Bool, option: String, answer: String)] = [
            (threadStackSize != nil, "thread-stack-size", "threads take the size of --main-stack-size"),
            (hostToEncUidMap != nil, "host-to-enc-uid-map", "use --owner and --user"),
            (hostToEncGidMap != nil, "host-to-enc-gid-map", "use --owner and --user"),
            (unhandledSyscallEnosys != nil, "unhandled-syscall-enosys", "\(linux), which knows every call"),
            (straceFilterTid != nil, "strace-filter-tid", oneProcess),
            (straceFilterPid != nil, "strace-filter-pid", oneProcess),
            (traceErrors, "trace-errors", "exec-linux --strace-failing shows the system calls that failed"),
            (memcheck, "memcheck", "run the application under its own language's tools; \(linux)"),
            (nobrk, "nobrk", "\(linux), where brk works"),
            (execStack, "exec-stack", "mark the program with execstack(8); \(linux), which honours the mark"),
            (perf, "perf", "exec-vm --timing prints when each stage of the start was reached"),
            (
                reportNativeTids, "report-native-tids",
                "the application sees thread numbers of its own namespace or kernel"
            ),
            (hostUds, "host-uds", "use --publish; no socket of the host can be used inside"),
            (forkMode != nil, "fork-mode", "\(linux), where fork works"),
            (
                syslogLevel != nil, "syslog-level",
                "the console of a DEBUG machine (exec-vm) shows the kernel's warnings; there is no other log"
            ),
        ]
        try Self.refuse(answers)
    }

    /// Refuses the first option that was given, with what there is instead.
    static func refuse(_ answers: [(isGiven: Bool, option: String, answer: String)]) throws(ValidationError) {
        for answer in answers where answer.isGiven {
            throw ValidationError("--\(answer.option) has no meaning here: \(answer.answer).")
        }
    }
}

/// The options of Mystikos's that trace an application, for commands that start a machine: those of `exec-linux` do it.
struct MachineTracingOptions: ParsableArguments {
    @Flag(name: [.customLong("strace"), .customLong("trace-syscalls")], help: .hidden) var strace = false
    @Flag(help: .hidden) var straceFailing = false
    @Option(help: .hidden) var straceFilter: String?
    @Option(help: .hidden) var straceExcludeFilter: String?
    @Flag(name: [.customLong("trace-times"), .customLong("ttrace")], help: .hidden) var traceTimes = false
    @Flag(help: .hidden) var debug = false

    func validate() throws {
        let answer =
            "a machine's processes are not this host's to trace; adyton exec-linux --strace traces the same root"
        try MystikosOptions.refuse([
            (strace, "strace", answer), (straceFailing, "strace-failing", answer),
            (straceFilter != nil, "strace-filter", answer),
            (straceExcludeFilter != nil, "strace-exclude-filter", answer),
            (traceTimes, "trace-times", answer),
            (
                debug, "debug",
                "a machine's processes are not this host's to debug; adyton exec-linux --debug waits for gdb"
            ),
        ])
    }
}

/// The options of a program that Mystikos packaged, for `run`: what a package's signature covers is not the host's to say.
struct MystikosPackageOptions: ParsableArguments {
    @Option(help: .hidden) var rootfs: String?
    @Option(help: .hidden) var roothash: [String] = []
    @Option(help: .hidden) var appConfigPath: String?
    @Option(name: [.customLong("memory-size"), .customLong("user-mem-size")], help: .hidden) var memorySize: String?
    @Option(help: .hidden) var mainStackSize: String?
    @Option(name: [.customLong("cpus"), .customLong("max-affinity-cpus")], help: .hidden) var processors: String?

    func validate() throws {
        func configured(_ key: String) -> String {
            "the package says it, signed and measured; its configuration has the key \(key) (adyton package)"
        }
        try MystikosOptions.refuse([
            (rootfs != nil, "rootfs", "a package carries its root file system; adyton package --rootfs puts one in"),
            (
                !roothash.isEmpty, "roothash",
                "a package's signature covers its root hash; --pubkey or --signer name its signer"
            ),
            (appConfigPath != nil, "app-config-path", "a package carries its configuration; adyton package takes one"),
            (memorySize != nil, "memory-size", configured("MemorySize")),
            (mainStackSize != nil, "main-stack-size", configured("MainStackSize")),
            (processors != nil, "cpus", configured("Processors")),
        ])
    }
}

extension ArgumentHelp {
    /// Understood, and left out of the help.
    fileprivate static var hidden: ArgumentHelp { ArgumentHelp(visibility: .private) }
}
