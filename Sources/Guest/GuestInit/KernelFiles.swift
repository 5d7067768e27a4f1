import CGuest
import Glibc
import GuestInterface

/// Takes the kernel's own files away from application and gateway, before either starts.
///
/// A process whose user is root owns these files, so that no capability is needed to write to them.
enum KernelFiles {
    /// Where configfs is mounted until ``seal()``.
    static let configuration = "/sys/kernel/config"
    /// Where securityfs is mounted until ``seal()``.
    static let security = "/sys/kernel/security"

    /// Folders of /sys that describe the firmware and its tables.
    private static let hidden = ["/sys/firmware"]

    /// Makes /proc's files that are no process's read-only or empty, and hides file systems that only evidence needs.
    ///
    /// Call it when process 1 has opened what it needs of them, and after ``Hardening``, which writes to /proc/sys.
    ///
    /// - Throws: `guest.hardening`.
    static func seal() throws(GuestError) {
        for folder in [configuration, security] {
            // Detached and not gone: process 1 still reaches what it has open. Not every kernel has both.
            if case .failure(let failure) = SystemCall.unmount(folder), ![EINVAL, ENOENT].contains(failure.number) {
                throw GuestError(.hardening, subject: folder, systemError: failure.number)
            }
        }
        for folder in hidden where SystemCall.exists(folder) {
            try SystemCall.mount(
                "tmpfs",
                at: folder,
                type: "tmpfs",
                [.readOnly, .noSetUser, .noDevices, .noPrograms],
                options: "size=4k,nr_inodes=2,mode=0555"
            )
            .orFail(.hardening, folder)
        }
        var entry = [CChar](repeating: 0, count: 64)
        // Safe: the call writes at most 64 bytes, which the array has, the last of them NUL.
        let sealed = unsafe SystemCall.result(guest_seal_proc(&entry))
        let name = String(decoding: entry.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        try sealed.orFail(.hardening, "/proc/\(name)")
    }
}
