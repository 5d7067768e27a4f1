import Glibc

/// A regular file open for reading, closed when the last reference is released.
final class OpenFile: Sendable {
    private let number: Int32
    /// The path it was opened by.
    let name: String
    /// The size in bytes when it was opened.
    let size: Int

    /// Opens a file.
    ///
    /// - Parameter path: The file's path.
    /// - Throws: `measure.file-missing`, `measure.file-unreadable`, also for anything but a regular file.
    init(_ path: String) throws(LaunchMeasurementError) {
        // Safe: the path is a string of our own that outlives the call. O_NONBLOCK: opening a FIFO would block
        // otherwise.
        number = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else {
            throw Self.failure(errno == ENOENT || errno == ENOTDIR ? .fileMissing : .fileUnreadable, path)
        }
        name = path
        var status = stat()
        // Safe: the structure is ours and outlives the call.
        let isKnown = unsafe fstat(number, &status) == 0
        guard isKnown, status.st_mode & S_IFMT == S_IFREG else {
            close(number)
            throw LaunchMeasurementError(.fileUnreadable, subject: path, expected: "a regular file")
        }
        size = Int(status.st_size)
    }

    deinit {
        close(number)
    }

    /// Reads bytes within the file's original size.
    ///
    /// - Parameters:
    ///   - offset: The offset of the first byte.
    ///   - count: The number of bytes.
    /// - Returns: Exactly that many bytes.
    /// - Throws: `measure.file-changed` where the file has become shorter, `measure.file-unreadable`.
    func read(at offset: Int, count: Int) throws(LaunchMeasurementError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            // Safe: `done` is below the buffer's count, and the pointer does not leave the closure.
            let got = unsafe bytes.withUnsafeMutableBytes { memory in
                unsafe pread(number, memory.baseAddress.map { unsafe $0 + done }, count - done, off_t(offset + done))
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw Self.failure(.fileUnreadable, name) }
            guard got > 0 else {
                throw LaunchMeasurementError(
                    .fileChanged,
                    subject: name,
                    expected: "\(size) bytes",
                    found: "\(offset + done)"
                )
            }
            done += got
        }
        return bytes
    }

    private static func failure(_ code: LaunchMeasurementError.Code, _ path: String) -> LaunchMeasurementError {
        // Safe: glibc's text is valid until this thread's next call, and is copied here.
        LaunchMeasurementError(code, subject: path, found: unsafe String(cString: strerror(errno)))
    }
}
