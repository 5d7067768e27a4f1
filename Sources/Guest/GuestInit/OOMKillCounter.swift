/// How often the kernel has ended a process because memory ran out.
package struct OOMKillCounter {
    /// The count in the text of `/proc/vmstat`.
    ///
    /// - Parameter text: Lines of a name and a number.
    /// - Returns: The number of `oom_kill`; 0 where there is none.
    package static func count(in text: String) -> UInt64 {
        for line in text.split(separator: "\n") where line.hasPrefix("oom_kill ") {
            return UInt64(line.dropFirst("oom_kill ".count)) ?? 0
        }
        return 0
    }

    /// The count now.
    static func count() -> UInt64 {
        count(in: String(decoding: SystemCall.contents(of: "/proc/vmstat").orNothing ?? [], as: UTF8.self))
    }
}
