import CGuest
import GuestInterface

/// Kernel hardening before the application starts: sysctls, no further modules, and no access to process 1.
enum Hardening {
    /// Sysctls that only restrict.
    ///
    /// The kernel has each of them, or lacks the whole feature that it restricts.
    private static let settings: [(String, String)] = [
        ("kernel/kptr_restrict", "2"), ("kernel/dmesg_restrict", "1"), ("kernel/perf_event_paranoid", "3"),
        ("kernel/unprivileged_bpf_disabled", "1"), ("kernel/kexec_load_disabled", "1"), ("kernel/sysrq", "0"),
        ("kernel/yama/ptrace_scope", "1"), ("kernel/panic_on_oops", "1"), ("kernel/core_pattern", ""),
        ("fs/suid_dumpable", "0"), ("net/core/bpf_jit_harden", "2"), ("net/ipv4/conf/all/accept_redirects", "0"),
        ("net/ipv4/tcp_syncookies", "1"),
    ]

    /// Applies the sysctls and disables module loading until the machine powers off.
    ///
    /// - Throws: `guest.hardening` where a setting that the kernel has cannot be changed, module loading cannot be
    ///   disabled, or process 1 cannot be protected from being read.
    static func apply() throws(GuestError) {
        for (name, value) in settings {
            try set(name, to: value)
        }
        // A sealed kernel loads none: there is nothing to disable (KernelCheck).
        try set("kernel/modules_disabled", to: "1")
        try SystemCall.result(guest_protect_itself()).orFail(.hardening, "process 1")
    }

    private static func set(_ name: String, to value: String) throws(GuestError) {
        guard SystemCall.exists("/proc/sys/\(name)") else { return }
        try SystemCall.set("/proc/sys/\(name)", to: value + "\n").orFail(.hardening, name)
    }
}
