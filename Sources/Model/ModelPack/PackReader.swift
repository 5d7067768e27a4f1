#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file of a model pack, read from start to end; it is closed with the last reference.
///
/// It does not use Foundation's file handle, which would link the tables of every language into a static server.
final class PackReader {
    private let number: Int32
    private let subject: String

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: The file's path.
    ///   - subject: The file's name in errors.
    /// - Throws: `pack.unreadable`.
    init(opening path: String, subject: String) throws(ModelPackError) {
        // Safe: the path is a string of our own that outlives the call.
        number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        self.subject = subject
        guard number >= 0 else { throw failure() }
    }

    deinit {
        if number >= 0 { close(number) }
    }

    /// Reads the next bytes.
    ///
    /// - Parameter count: The most bytes to read.
    /// - Returns: The bytes; fewer than `count` only at the end of the file.
    /// - Throws: `pack.unreadable`.
    func read(upToCount count: Int) throws(ModelPackError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            // Safe: the range is the array's rest, and the pointer does not leave the closure.
            let got = unsafe bytes.withUnsafeMutableBytes { memory in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[done...])
                return unsafe Self.read(number, rest)
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw failure() }
            if got == 0 { break }
            done += got
        }
        bytes.removeLast(count - done)
        return bytes
    }

    private static func read(_ number: Int32, _ memory: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
        unsafe Glibc.read(number, memory.baseAddress, memory.count)
        #else
        unsafe Musl.read(number, memory.baseAddress, memory.count)
        #endif
    }

    private func failure() -> ModelPackError {
        let code = errno
        // Safe: the library returns a text that lives until this thread's next call, and it is copied here.
        return unsafe ModelPackError(.unreadable, subject: subject, found: String(cString: strerror(code)))
    }
}
