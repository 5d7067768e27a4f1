import Files
import Glibc
import RootFileSystem

/// An unlinked temporary file that collects file content; the system removes it when it is closed.
struct ContentSpool {
    private static let bufferSize = 1 << 20

    let file: Descriptor
    private var written = 0
    private var buffer: [UInt8] = []
    private var endsWithHole = false

    /// Creates the file.
    ///
    /// - Parameter folder: The directory whose file system holds the bytes.
    /// - Throws: `file.unwritable`.
    init(in folder: String) throws {
        var name = Array("\(folder)/.adyton-spool-XXXXXX".utf8CString)
        // Safe, here and below: the name is an array of our own, ended by NUL, that outlives the calls.
        let number = unsafe mkstemp(&name)
        guard number >= 0 else { throw Descriptor.failure(.fileUnwritable, folder) }
        unsafe unlink(name)
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        file = Descriptor(taking: number, name: "the spool in \(folder)")
    }

    /// The number of bytes appended so far.
    var byteCount: Int { written + buffer.count }

    /// Appends bytes through a buffer; call ``flush()`` after the last ones.
    mutating func append(_ bytes: ArraySlice<UInt8>) throws {
        buffer += bytes
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Appends zeros, which take no room on the disk.
    mutating func appendHole(_ count: Int) throws {
        try flush()
        written += count
        endsWithHole = true
    }

    /// Writes the buffered bytes.
    mutating func flush() throws {
        if endsWithHole { try file.setSize(written) }
        endsWithHole = false
        try file.write(buffer[...], at: written)
        written += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }
}
