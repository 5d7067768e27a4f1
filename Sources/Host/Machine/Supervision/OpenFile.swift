import CLinux
import Glibc

/// An open file or socket; it is closed with its last use.
package final class OpenFile: Sendable {
    /// The descriptor's number, which lives as long as this value.
    package let number: Int32

    /// Takes an open descriptor over.
    ///
    /// - Parameter number: A descriptor that nothing else closes.
    package init(taking number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }

    /// Opens a file for reading.
    ///
    /// - Parameter path: The file's path.
    /// - Throws: `machine.part-unreadable`.
    package convenience init(reading path: String) throws(MachineError) {
        // Safe: the path is a string of our own that outlives the call.
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw MachineError.system(path, code: .partUnreadable) }
        self.init(taking: number)
    }

    /// Opens what a descriptor of somebody else's stands for once more.
    ///
    /// - Parameter other: A descriptor that stays its owner's.
    /// - Throws: `machine.system-refused`.
    package convenience init(duplicating other: Int32) throws(MachineError) {
        let number = linux_duplicate(other)
        guard number >= 0 else { throw MachineError.system("an open file") }
        self.init(taking: number)
    }

    /// Makes an empty file in memory that no folder names.
    ///
    /// - Parameter name: What the kernel calls it in its lists.
    /// - Throws: `machine.system-refused`.
    package convenience init(inMemory name: String) throws(MachineError) {
        // Safe: the name is a string of our own that outlives the call.
        let number = unsafe linux_memory_file(name)
        guard number >= 0 else { throw MachineError.system("a file in memory") }
        self.init(taking: number)
    }

    /// A piece of a file, copied into memory, so that it can be handed over by itself.
    ///
    /// - Parameters:
    ///   - source: The open file.
    ///   - offset: Where the piece begins, in bytes.
    ///   - size: The piece's size in bytes.
    /// - Throws: `machine.part-unreadable` where the file ends before the piece does.
    package convenience init(copying source: OpenFile, offset: Int, size: Int) throws(MachineError) {
        try self.init(inMemory: "adyton-part")
        var (place, left) = (off_t(offset), size)
        while left > 0 {
            // Safe: the offset is ours and outlives the call, which moves it.
            let count = unsafe sendfile(number, source.number, &place, left)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw MachineError.system("a part of the package", code: .partUnreadable) }
            guard count > 0 else {
                throw MachineError(
                    .partUnreadable,
                    subject: "a part",
                    expected: "\(size) bytes",
                    found: "\(size - left)"
                )
            }
            left -= count
        }
    }

    /// Two connected sockets.
    ///
    /// - Returns: The ends, which are alike.
    /// - Throws: `machine.system-refused`.
    static func socketPair() throws(MachineError) -> (OpenFile, OpenFile) {
        var numbers: [Int32] = [-1, -1]
        // Safe: the call writes two numbers into an array of two.
        guard unsafe linux_socket_pair(&numbers) == 0 else { throw MachineError.system("a pair of sockets") }
        return (OpenFile(taking: numbers[0]), OpenFile(taking: numbers[1]))
    }

    /// What came of a look at a descriptor that must not wait.
    enum ReadOutcome: Equatable {
        case bytes([UInt8])
        case nothing
        case closed
    }

    /// Takes what has arrived at a socket, without waiting.
    func receive(atMost count: Int = 65536) -> ReadOutcome {
        var buffer = [UInt8](repeating: 0, count: count)
        // Safe: the buffer is ours, and its own size is passed.
        let got = unsafe recv(number, &buffer, count, Int32(MSG_DONTWAIT))
        if got < 0, errno == EAGAIN || errno == EINTR { return .nothing }
        return got > 0 ? .bytes(Array(buffer[..<got])) : .closed
    }

    /// Sends what the socket takes without waiting.
    ///
    /// - Returns: How many bytes went; nil where the other end is gone.
    func send(_ bytes: some Collection<UInt8>) -> Int? {
        let buffer = Array(bytes)
        // Safe: the buffer is ours, and its own size is passed.
        let sent = unsafe Glibc.send(
            number,
            buffer,
            buffer.count,
            Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        )
        if sent < 0, errno == EAGAIN || errno == EINTR { return 0 }
        return sent < 0 ? nil : sent
    }

    /// Writes all bytes to a file.
    ///
    /// - Parameter bytes: What is written at the file's place.
    /// - Throws: `machine.system-refused`.
    package func write(_ bytes: [UInt8]) throws(MachineError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest)
            // Safe: the buffer is ours, and its own size is passed.
            let count = unsafe Glibc.write(number, piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw MachineError.system("a file") }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads a file from its start.
    ///
    /// - Parameter maximum: The most bytes that are read.
    /// - Returns: The file's content.
    /// - Throws: `machine.part-unreadable`.
    package func readAll(atMost maximum: Int) throws(MachineError) -> [UInt8] {
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while content.count < maximum {
            // Safe: the buffer is ours, and its own size is passed.
            let count = unsafe pread(number, &buffer, min(buffer.count, maximum - content.count), off_t(content.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw MachineError.system("a file", code: .partUnreadable) }
            if count == 0 { break }
            content += buffer[..<count]
        }
        return content
    }
}
