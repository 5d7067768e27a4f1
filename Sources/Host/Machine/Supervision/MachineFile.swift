import CLinux
package import Files
import Glibc

/// An open file or socket whose errors are ``MachineError``.
package typealias MachineFile = OpenFile<MachineError>

/// The result of a non-blocking read.
enum ReadOutcome: Equatable {
    case bytes([UInt8])
    case nothing
    case closed
}

extension OpenFile where Failure == MachineError {
    /// Creates two connected sockets.
    ///
    /// - Returns: The two equal ends.
    /// - Throws: `machine.system-refused`.
    static func socketPair() throws(MachineError) -> (MachineFile, MachineFile) {
        var numbers: [Int32] = [-1, -1]
        // Safe: the call writes two numbers into an array of two.
        guard unsafe linux_socket_pair(&numbers) == 0 else { throw MachineError.system("a pair of sockets") }
        return (MachineFile(taking: numbers[0]), MachineFile(taking: numbers[1]))
    }

    /// Reads the available bytes without blocking.
    func receive(atMost count: Int = 65536) -> ReadOutcome {
        var buffer = [UInt8](repeating: 0, count: count)
        // Safe: the buffer is ours, and its own size is passed.
        let got = unsafe recv(number, &buffer, count, Int32(MSG_DONTWAIT))
        if got < 0, errno == EAGAIN || errno == EINTR { return .nothing }
        return got > 0 ? .bytes(Array(buffer[..<got])) : .closed
    }

    /// Sends as many bytes as the socket accepts without blocking.
    ///
    /// - Returns: The number of bytes sent; nil where the other end is closed.
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
}

extension MachineError: FileFailure {
    package init(_ error: FileError) {
        let code: Code =
            switch error.code {
            case .missing, .unreadable, .changed: .partUnreadable
            case .exists, .destinationInUse, .unwritable, .diskFull, .systemRefused: .systemRefused
            }
        self.init(code, subject: error.subject, expected: error.expected, found: error.found)
    }
}
