import CGuest
import GuestInterface

/// What the kernel is told to refuse from here on.
enum Hardening {
    /// Settings that only narrow what is possible; a kernel without one has nothing to narrow.
    private static let settings: [(String, String)] = [
        ("kernel/kptr_restrict", "2"), ("kernel/dmesg_restrict", "1"), ("kernel/perf_event_paranoid", "3"),
        ("kernel/unprivileged_bpf_disabled", "1"), ("kernel/kexec_load_disabled", "1"), ("kernel/sysrq", "0"),
        ("kernel/yama/ptrace_scope", "1"), ("kernel/panic_on_oops", "1"), ("kernel/core_pattern", ""),
        ("fs/suid_dumpable", "0"), ("net/core/bpf_jit_harden", "2"), ("net/ipv4/conf/all/accept_redirects", "0"),
        ("net/ipv4/tcp_syncookies", "1"),
    ]

    /// Applies the settings, and closes the kernel for modules until it ends.
    ///
    /// - Throws: `guest.hardening` where modules could still be loaded, or this process could be read.
    static func apply() throws(GuestError) {
        for (name, value) in settings {
            _ = SystemCall.set("/proc/sys/\(name)", to: value + "\n")
        }
        try SystemCall.set("/proc/sys/kernel/modules_disabled", to: "1").orFail(.hardening, "modules_disabled")
        try SystemCall.result(guest_protect_itself()).orFail(.hardening, "process 1")
    }
}
