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
        // Nobody traces anybody, and no process reads another's memory.
        ("kernel/yama/ptrace_scope", "3"),
        ("kernel/panic_on_oops", "1"), ("fs/suid_dumpable", "0"), ("net/core/bpf_jit_harden", "2"),
        ("net/ipv4/conf/all/accept_redirects", "0"), ("net/ipv4/tcp_syncookies", "1"),
        ("kernel/io_uring_disabled", "2"), ("vm/unprivileged_userfaultfd", "0"), ("kernel/randomize_va_space", "2"),
        ("dev/tty/ldisc_autoload", "0"), ("dev/tty/legacy_tiocsti", "0"), ("fs/protected_fifos", "2"),
        ("fs/protected_hardlinks", "1"), ("fs/protected_regular", "2"), ("fs/protected_symlinks", "1"),
    ]

    /// Sysctls that name programs which the kernel itself starts, outside of the application's confinement.
    ///
    /// It would start one for a dead process, a wanted module, a device, an ordered shutdown. No program is named here, and
    /// one that started all the same had no capability.
    private static let helpers: [(String, String)] = [
        ("kernel/core_pattern", ""), ("kernel/core_uses_pid", "0"), ("kernel/modprobe", ""), ("kernel/hotplug", ""),
        ("kernel/poweroff_cmd", ""), ("kernel/usermodehelper/inheritable", "0 0"),
        ("kernel/usermodehelper/bset", "0 0"),
    ]

    /// The kinds of namespace; the gateway's network exists by now, and nobody makes another.
    private static let namespaces = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"]

    /// The application needs no capability to listen: every port is free to every user of the machine.
    private static let ports = ("net/ipv4/ip_unprivileged_port_start", "0")

    /// Applies the sysctls and disables module loading until the machine powers off.
    ///
    /// - Throws: `guest.hardening` where a setting that the kernel has cannot be changed, module loading cannot be
    ///   disabled, or process 1 cannot be protected from being read.
    static func apply() throws(GuestError) {
        try applySettings(below: "/proc/sys")
        try SystemCall.result(guest_protect_itself()).orFail(.hardening, "process 1")
    }

    /// Applies every sysctl that is in a folder.
    ///
    /// - Parameter folder: The kernel's own, but for tests.
    /// - Throws: `guest.hardening` that names a setting that is there and cannot be changed.
    static func applySettings(below folder: String) throws(GuestError) {
        for (name, value) in settings + helpers + [ports] { try set(name, to: value, below: folder) }
        for kind in namespaces { try set("user/max_\(kind)_namespaces", to: "0", below: folder) }
        // A sealed kernel loads none: there is nothing to disable (KernelCheck).
        try set("kernel/modules_disabled", to: "1", below: folder)
    }

    private static func set(_ name: String, to value: String, below folder: String) throws(GuestError) {
        let path = "\(folder)/\(name)"
        guard SystemCall.exists(path) else { return }
        try SystemCall.set(path, to: value + "\n").orFail(.hardening, name)
    }
}
