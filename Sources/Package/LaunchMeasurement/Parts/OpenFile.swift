import Glibc

/// A regular file that is open for reading; it is closed with its last use.
final class OpenFile: Sendable {
    private let number: Int32
    /// The path that it was opened by.
    let name: String
    /// The bytes that it had when it was opened.
    let size: Int

    /// - Parameter path: The file.
    /// - Throws: `measure.file-missing`, `measure.file-unreadable` for what is no regular file, too.
    init(_ path: String) throws(LaunchMeasurementError) {
        // Safe: the path is a string of our own that outlives the call. A pipe must not hold the opening up.
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

    /// Reads bytes that were there when the file was opened.
    ///
    /// - Parameters:
    ///   - offset: Where the first one lies.
    ///   - count: How many.
    /// - Returns: That many bytes.
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
        // Safe: glibc gives a text that lives until this thread's next call, and it is copied here.
        LaunchMeasurementError(code, subject: path, found: unsafe String(cString: strerror(errno)))
    }
}
