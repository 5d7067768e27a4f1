import Foundation

/// How much memory this process holds.
package enum ResidentMemory {
    /// The resident set in KiB, as the kernel counts it (proc(5), `statm`).
    ///
    /// - Returns: What the process holds now, shared pages included.
    /// - Throws: Foundation's error where /proc cannot be read.
    package static func kilobytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(fields[1]) ?? 0) * Int(getpagesize()) / 1024
    }
}
