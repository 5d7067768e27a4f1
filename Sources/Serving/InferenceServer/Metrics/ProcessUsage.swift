#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The memory and processor time of this process.
struct ProcessUsage: Equatable {
    /// The resident memory, private and shared, in bytes.
    let residentBytes: Int
    /// The processor time of all threads since the start, in seconds.
    let processorSeconds: Double

    /// The present usage; nil without /proc.
    static var current: ProcessUsage? {
        guard let text = contents(of: "/proc/self/statm") else { return nil }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        var time = timespec()
        // Safe: the structure lives on this frame for the whole call.
        guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return nil }
        return ProcessUsage(
            residentBytes: pages * sysconf(Int32(_SC_PAGESIZE)),
            processorSeconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        )
    }

    private static func contents(of path: String) -> String? {
        // The string is valid for the call, and the array for its own.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
