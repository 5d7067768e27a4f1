import ArgumentParser

/// The options of Mystikos's `exec` that are not supported: each is parsed, and its refusal says what to use instead.
///
/// The sandbox has them, too, so that an answer names only options that both have, or the command that has another.
struct MystikosOptions: ParsableArguments {
    @Option(help: .hidden) var threadStackSize: String?
    @Option(help: .hidden) var hostToEncUidMap: String?
    @Option(help: .hidden) var hostToEncGidMap: String?
    @Option(help: .hidden) var unhandledSyscallEnosys: String?
    @Flag(name: [.customLong("strace"), .customLong("trace-syscalls")], help: .hidden) var strace = false
    @Flag(help: .hidden) var straceFailing = false
    @Option(help: .hidden) var straceFilter: String?
    @Option(help: .hidden) var straceExcludeFilter: String?
    @Option(help: .hidden) var straceFilterTid: String?
    @Option(help: .hidden) var straceFilterPid: String?
    @Flag(name: [.customLong("trace-errors"), .customLong("etrace")], help: .hidden) var traceErrors = false
    @Flag(name: [.customLong("trace-times"), .customLong("ttrace")], help: .hidden) var traceTimes = false
    @Flag(name: [.customLong("memcheck"), .customLong("crt-memcheck")], help: .hidden) var memcheck = false
    @Flag(help: .hidden) var nobrk = false
    @Flag(help: .hidden) var execStack = false
    @Flag(help: .hidden) var perf = false
    @Flag(help: .hidden) var reportNativeTids = false
    @Flag(help: .hidden) var hostUds = false
    @Option(help: .hidden) var forkMode: String?
    @Option(help: .hidden) var syslogLevel: String?
    @Option(help: .hidden) var mount: [String] = []

    func validate() throws {
        let linux = "the application runs on Linux itself"
        let tracing = "put strace into the root file system and run the application under it; \(linux)"
        let answers: [(isGiven: Bool, option: String, answer: String)] = [
            (threadStackSize != nil, "thread-stack-size", "threads take the size of --main-stack-size"),
            (hostToEncUidMap != nil, "host-to-enc-uid-map", "use --owner and --user"),
            (hostToEncGidMap != nil, "host-to-enc-gid-map", "use --owner and --user"),
            (unhandledSyscallEnosys != nil, "unhandled-syscall-enosys", "\(linux), which knows every call"),
            (strace, "strace", tracing),
            (straceFailing, "strace-failing", tracing),
            (straceFilter != nil, "strace-filter", tracing),
            (straceExcludeFilter != nil, "strace-exclude-filter", tracing),
            (straceFilterTid != nil, "strace-filter-tid", tracing),
            (straceFilterPid != nil, "strace-filter-pid", tracing),
            (traceErrors, "trace-errors", tracing),
            (traceTimes, "trace-times", tracing),
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
            (
                !mount.isEmpty, "mount",
                "put the image into a package, whose configuration names it with its root hash (adyton package, adyton run)"
            ),
        ]
        for answer in answers where answer.isGiven {
            throw ValidationError("--\(answer.option) has no meaning here: \(answer.answer).")
        }
    }
}

extension ArgumentHelp {
    /// Understood, and left out of the help.
    fileprivate static var hidden: ArgumentHelp { ArgumentHelp(visibility: .private) }
}
