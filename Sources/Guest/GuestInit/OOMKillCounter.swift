/// Counts how many processes the kernel's OOM killer has ended.
///
/// ``GuestBoot`` compares the count before and after the application to report `guest.out-of-memory`.
package struct OOMKillCounter {
    /// Parses the count from the text of `/proc/vmstat`.
    ///
    /// - Parameter text: Lines of a name and a number.
    /// - Returns: The value of `oom_kill`; 0 where there is none.
    package static func count(in text: String) -> UInt64 {
        for line in text.split(separator: "\n") where line.hasPrefix("oom_kill ") {
            return UInt64(line.dropFirst("oom_kill ".count)) ?? 0
        }
        return 0
    }

    /// The current count.
    static func count() -> UInt64 {
        count(in: String(decoding: SystemCall.contents(of: "/proc/vmstat").orNothing ?? [], as: UTF8.self))
    }
}
