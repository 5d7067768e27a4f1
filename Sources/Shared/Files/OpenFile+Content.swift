#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension OpenFile {
    /// Reads into a buffer until it has what was asked for, or the file ends.
    ///
    /// - Parameters:
    ///   - buffer: Has to hold `start + count` bytes already.
    ///   - start: Where in the buffer the first byte goes.
    ///   - count: The most bytes wanted.
    ///   - offset: Where in the file; nil goes on where the last such call ended.
    /// - Returns: How many bytes came; fewer than `count` only at the end of the file.
    /// - Throws: The failure for `file.unreadable`.
    package func read(
        into buffer: inout [UInt8],
        from start: Int = 0,
        count: Int,
        at offset: Int? = nil
    ) throws(Failure) -> Int {
        precondition(start >= 0 && count >= 0 && start + count <= buffer.count, "a read stays in its buffer")
        var done = 0
        while done < count {
            // Safe: the range was checked above, and the pointer does not leave the closure.
            let got = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe systemRead(
                    number,
                    UnsafeMutableRawBufferPointer(rebasing: bytes[start + done..<start + count]),
                    at: offset.map { $0 + done }
                )
            }
            guard got >= 0 else { throw Failure(.system(.unreadable, name)) }
            if got == 0 { break }
            done += got
        }
        return done
    }

    /// Reads the next bytes.
    ///
    /// - Parameter count: The most bytes wanted.
    /// - Returns: The bytes; fewer than `count` only at the end of the file.
    /// - Throws: The failure for `file.unreadable`.
    package func read(upToCount count: Int) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = try read(into: &bytes, count: count)
        bytes.removeLast(count - got)
        return bytes
    }

    /// Reads a file from its start.
    ///
    /// - Parameter maximum: The most bytes that are read.
    /// - Returns: The file's content, or its first `maximum` bytes.
    /// - Throws: The failure for `file.unreadable`.
    package func readAll(atMost maximum: Int) throws(Failure) -> [UInt8] {
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while content.count < maximum {
            let wanted = min(buffer.count, maximum - content.count)
            let got = try read(into: &buffer, count: wanted, at: content.count)
            content += buffer[..<got]
            if got < wanted { break }
        }
        return content
    }

    /// Writes bytes.
    ///
    /// - Parameters:
    ///   - bytes: All of them are written.
    ///   - offset: Where in the file the first one goes; nil goes on where the last such call ended.
    /// - Throws: The failure for `file.unwritable` or `file.disk-full`.
    package func write(_ bytes: ArraySlice<UInt8>, at offset: Int?) throws(Failure) {
        var done = 0
        while done < bytes.count {
            // Safe: `done` is below the slice's count, and the pointer does not leave the closure.
            let put = unsafe bytes.withUnsafeBytes { memory in
                unsafe systemWrite(
                    number,
                    UnsafeRawBufferPointer(rebasing: memory[done...]),
                    at: offset.map { $0 + done }
                )
            }
            guard put > 0 else { throw Failure(.system(.unwritable, name)) }
            done += put
        }
    }

    /// Writes bytes where the last such call ended.
    ///
    /// - Parameter bytes: All of them are written.
    /// - Throws: The failure for `file.unwritable` or `file.disk-full`.
    package func write(_ bytes: [UInt8]) throws(Failure) {
        try write(bytes[...], at: nil)
    }
}
