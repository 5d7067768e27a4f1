import FoundationEssentials

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file's size and age, asked of the system: the attributes' types of Foundation's file manager differ with what else a
/// program links.
struct FileFacts {
    /// The size in bytes.
    let size: Int
    /// When it was last written.
    let modified: Date

    /// Asks; nil where there is no such file.
    init?(_ url: URL) {
        var status = stat()
        // Safe: the path is a string of our own, and the structure outlives the call.
        guard unsafe stat(url.path, &status) == 0 else { return nil }
        size = Int(status.st_size)
        modified = Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec))
    }
}
