import CGuest
import GuestInterface

/// Compares the running kernel with the kind that the plan was made for.
///
/// The platform measures the kernel; this check finds a package that was put together wrongly, before an application
/// relies on properties that the kernel does not have. Kernels of other kinds promise nothing, and nothing is checked.
struct KernelCheck {
    /// Where securityfs is mounted for the check, in the initial file system.
    private static let security = "/security"

    let plan: LaunchPlan

    /// Checks the properties of a `sealed` kernel: no loadable modules, lockdown, the processor's random numbers, and
    /// no console without debug.
    ///
    /// - Throws: `guest.kernel`, with the first property that is missing.
    func run() throws(GuestError) {
        guard plan.kernel == .sealed else { return }
        try require(!SystemCall.exists("/proc/modules"), "a kernel that loads no modules")
        try require(guest_has_random_instruction() != 0, "the processor's RDRAND")
        let hasDevices =
            SystemCall.exists("/dev/mem") || SystemCall.exists("/dev/port") || SystemCall.exists("/dev/tty0")
        try require(!hasDevices, "a kernel without /dev/mem, /dev/port and virtual terminals")
        try require(!SystemCall.exists("/proc/self/ns/user"), "a kernel without user namespaces")
        try require(try isLockedDown(), "a kernel in lockdown for confidentiality")
        guard !plan.isDebug else { return }
        let consoles = try SystemCall.contents(of: "/proc/consoles").orFail(.kernel, "/proc/consoles")
        try require(consoles.isEmpty, "a kernel without a console")
    }

    private func isLockedDown() throws(GuestError) -> Bool {
        _ = SystemCall.makeFolder(Self.security)
        defer {
            _ = SystemCall.unmount(Self.security)
            _ = SystemCall.removeFolder(Self.security)
        }
        try SystemCall.mount("securityfs", at: Self.security, type: "securityfs", .readOnly)
            .orFail(.kernel, "securityfs")
        let state = try SystemCall.contents(of: "\(Self.security)/lockdown").orFail(.kernel, "lockdown")
        return String(decoding: state, as: UTF8.self).split { $0 == " " || $0 == "\n" }.contains("[confidentiality]")
    }

    private func require(_ isTrue: Bool, _ subject: String) throws(GuestError) {
        guard isTrue else { throw GuestError(.kernel, subject: subject) }
    }
}
