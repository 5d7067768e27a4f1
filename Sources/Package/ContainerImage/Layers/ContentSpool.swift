import Glibc
import RootFileSystem

/// A file without a name that gathers bytes until they find their place; the system takes it away with the process.
struct ContentSpool {
    private static let bufferSize = 1 << 20

    let file: Descriptor
    private var written = 0
    private var buffer: [UInt8] = []

    /// - Parameter folder: The folder whose file system holds the bytes.
    /// - Throws: `file.unwritable`.
    init(in folder: String) throws {
        var name = Array("\(folder)/.adyton-spool-XXXXXX".utf8CString)
        // Safe, here and below: the name is an array of our own, ended by NUL, that outlives the calls.
        let number = unsafe mkstemp(&name)
        guard number >= 0 else { throw Descriptor.failure(.fileUnwritable, folder) }
        unsafe unlink(name)
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        file = Descriptor(number, name: "the spool in \(folder)")
    }

    /// How many bytes were appended.
    var byteCount: Int { written + buffer.count }

    /// Adds bytes at the end; `flush` brings the last of them to the file.
    mutating func append(_ bytes: ArraySlice<UInt8>) throws {
        buffer += bytes
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Writes what is still held.
    mutating func flush() throws {
        try file.write(buffer[...], at: written)
        written += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }
}
