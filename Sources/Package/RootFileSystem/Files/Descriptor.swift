import CLinux
package import Glibc

/// An open file; it is closed with its last use.
package final class Descriptor: Sendable {
    /// What the system calls it; it must not be closed.
    package let number: Int32

    /// What the file was opened by; text is made of it for a message only, for that takes longer than the opening.
    private enum Origin {
        case name(String)
        case path(EntryPath)
    }
    private let origin: Origin

    /// Takes an open file over.
    ///
    /// - Parameters:
    ///   - number: What the system calls it; it is closed with the value's last use.
    ///   - name: What messages call it.
    package init(_ number: Int32, name: String) {
        self.number = number
        origin = .name(name)
    }

    init(_ number: Int32, path: EntryPath) {
        self.number = number
        origin = .path(path)
    }

    /// What messages call it.
    package var name: String {
        switch origin {
        case .name(let name): name
        case .path(let path): "\(path)"
        }
    }

    deinit {
        close(number)
    }

    /// Opens a file or a folder by a path of the person's own.
    ///
    /// - Parameters:
    ///   - path: Links are followed.
    ///   - flags: As open(2) takes them.
    /// - Throws: `file.missing` where there is none, `file.unreadable` otherwise.
    package convenience init(opening path: String, flags: Int32 = O_RDONLY) throws(RootFileSystemError) {
        // Safe: the path is a string of our own that outlives the call.
        let number = unsafe Glibc.open(path, flags | O_CLOEXEC)
        guard number >= 0 else { throw Self.failure(.fileUnreadable, path) }
        self.init(number, name: path)
    }

    /// Opens an entry below this folder; no symbolic link is followed on the way, and nothing leaves the folder.
    ///
    /// - Parameters:
    ///   - path: The entry.
    ///   - flags: As open(2) takes them.
    ///   - mode: The permissions of a file that is made.
    ///   - code: What a refusal of the system is called, but for the cases that have a name of their own.
    /// - Returns: The open entry.
    /// - Throws: `file.*`, or that code.
    package func open(
        _ path: EntryPath,
        flags: Int32,
        mode: UInt32 = 0,
        code: RootFileSystemError.Code = .fileUnreadable
    ) throws(RootFileSystemError) -> Descriptor {
        // Safe: the path is an array of our own that outlives the call.
        let number = unsafe linux_open_beneath(self.number, path.cString, flags | O_CLOEXEC, mode)
        guard number >= 0 else { throw Self.failure(code, "\(path)") }
        return Descriptor(number, path: path)
    }

    /// What the file system says of the file.
    ///
    /// - Returns: As fstat(2) gives it.
    /// - Throws: `file.unreadable`.
    package func status() throws(RootFileSystemError) -> stat {
        var status = stat()
        // Safe: the structure is ours and outlives the call.
        guard unsafe fstat(number, &status) == 0 else { throw Self.failure(.fileUnreadable, name) }
        return status
    }

    /// The size in bytes.
    ///
    /// - Returns: The size that the file has now.
    /// - Throws: `file.unreadable`.
    package func size() throws(RootFileSystemError) -> Int {
        Int(try status().st_size)
    }

    /// Gives the file its size; what was not written reads as zeros and takes no room.
    package func setSize(_ byteCount: Int) throws(RootFileSystemError) {
        guard ftruncate(number, off_t(byteCount)) == 0 else { throw Self.failure(.fileUnwritable, name) }
    }

    /// Reads into a buffer until it has what was asked for, or the file ends.
    ///
    /// - Parameters:
    ///   - buffer: Has to hold `start + count` bytes already.
    ///   - start: Where in the buffer the first byte goes.
    ///   - count: The most bytes wanted.
    ///   - offset: Where in the file; nil goes on where the last such call ended.
    /// - Returns: How many bytes came; fewer than `count` only at the end of the file.
    /// - Throws: `file.unreadable`.
    package func read(
        into buffer: inout [UInt8],
        from start: Int = 0,
        count: Int,
        at offset: Int? = nil
    ) throws(RootFileSystemError) -> Int {
        precondition(start >= 0 && count >= 0 && start + count <= buffer.count, "a read stays in its buffer")
        var done = 0
        while done < count {
            // Safe: the range was checked above, and the pointer does not leave the closure.
            let got = unsafe buffer.withUnsafeMutableBytes { bytes in
                let place = unsafe bytes.baseAddress.map { unsafe $0 + start + done }
                return if let offset {
                    unsafe pread(number, place, count - done, off_t(offset + done))
                } else {
                    unsafe Glibc.read(number, place, count - done)
                }
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw Self.failure(.fileUnreadable, name) }
            if got == 0 { break }
            done += got
        }
        return done
    }

    /// Writes bytes at a place of the file.
    ///
    /// - Parameters:
    ///   - bytes: All of them are written.
    ///   - offset: Where in the file the first one goes.
    /// - Throws: `file.unwritable`, `file.disk-full`.
    package func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(RootFileSystemError) {
        var done = 0
        while done < bytes.count {
            // Safe: the pointer stays in the slice, for `done` is below its count, and does not leave the closure.
            let put = unsafe bytes.withUnsafeBytes { memory in
                unsafe pwrite(
                    number,
                    memory.baseAddress.map { unsafe $0 + done },
                    memory.count - done,
                    off_t(offset + done)
                )
            }
            if put < 0 && errno == EINTR { continue }
            guard put > 0 else { throw Self.failure(.fileUnwritable, name) }
            done += put
        }
    }

    /// Has the disk begin with what was written, so that it works while the processor does; `fsync` still has to come.
    func startWriting() {
        // A file system that cannot do so loses time and nothing else.
        _ = linux_start_writing(number)
    }

    /// The error that `errno` stands for.
    ///
    /// - Parameters:
    ///   - code: What it is called, but for the cases that have a name of their own.
    ///   - subject: What it happened to.
    /// - Returns: The error, with the system's own words.
    package static func failure(
        _ code: RootFileSystemError.Code,
        _ subject: @autoclosure () -> String
    ) -> RootFileSystemError {
        let number = errno
        // Safe: glibc gives a text that lives until this thread's next call, and it is copied here.
        let reason = unsafe String(cString: strerror(number))
        let code: RootFileSystemError.Code =
            switch number {
            case ENOSPC, EDQUOT, EFBIG: .diskFull
            case ENOENT where code == .fileUnreadable: .fileMissing
            case EEXIST: .fileExists
            case ENAMETOOLONG: .treePathTooLong
            default: code
            }
        return RootFileSystemError(code, subject: subject(), found: reason)
    }
}
