#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Checks of a model file before an engine's library opens it.
package enum EngineModelFile {
    /// Makes sure that a missing or unreadable model gets the same code from every engine.
    ///
    /// - Parameter path: The file's path; a symbolic link is followed.
    /// - Throws: `engine.model-unreadable` where the path is not that of a readable regular file.
    package static func check(_ path: String) throws(EngineError) {
        // Safe: the path is a Swift string, passed as a C string for the length of the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            // Safe: the text of an error number is copied at once.
            let reason = unsafe String(cString: strerror(errno))
            throw EngineError(.modelUnreadable, subject: path, found: reason)
        }
        defer { close(descriptor) }
        var status = stat()
        // Safe: the structure lives on this frame and is filled by the call.
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw EngineError(.modelUnreadable, subject: path, expected: "a regular file")
        }
    }
}
