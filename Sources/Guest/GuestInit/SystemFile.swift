import CGuest
import Glibc

/// An open file descriptor, closed when the last reference is released.
final class SystemFile {
    /// The descriptor.
    let number: Int32

    /// Takes ownership of an open descriptor.
    init(number: Int32) {
        self.number = number
    }

    /// Opens a path.
    static func open(_ path: String, _ flags: Int32 = O_RDONLY) -> Result<SystemFile, SystemCall.Failure> {
        // Safe: the path is a string of our own that outlives the call.
        let number = unsafe guest_open(path, flags)
        return number < 0 ? .failure(SystemCall.Failure(number: -number)) : .success(SystemFile(number: number))
    }

    deinit {
        guest_close(number)
    }

    /// Reads at most `count` bytes; fewer where fewer are available, none at end of file.
    func read(atMost count: Int) -> Result<[UInt8], SystemCall.Failure> {
        var got = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            // Safe: the call writes at most `count` bytes, which the buffer has.
            got = unsafe guest_read(number, buffer.baseAddress, count)
            filled = max(0, got)
        }
        return got < 0 ? .failure(SystemCall.Failure(number: Int32(-got))) : .success(bytes)
    }

    /// Writes bytes with one write(2).
    ///
    /// - Returns: How many bytes were written.
    func write(_ bytes: some Collection<UInt8>) -> Result<Int, SystemCall.Failure> {
        let bytes = Array(bytes)
        // Safe: the array is ours, and the call reads no more than its length.
        let put = unsafe guest_write(number, bytes, bytes.count)
        return put < 0 ? .failure(SystemCall.Failure(number: Int32(-put))) : .success(put)
    }

    /// Writes all bytes, with as many calls as needed.
    ///
    /// - Returns: The number of bytes.
    func writeAll(_ bytes: [UInt8]) -> Result<Int, SystemCall.Failure> {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch write(rest) {
            case .success(0): return .failure(SystemCall.Failure(number: EIO))
            case .success(let count): rest = rest.dropFirst(count)
            case .failure(let failure): return .failure(failure)
            }
        }
        return .success(bytes.count)
    }

    /// Runs an ioctl; the kernel reads and writes the structure in place.
    func request(_ request: UInt, _ structure: inout [UInt8]) -> Result<Int32, SystemCall.Failure> {
        let number = number
        // Safe: every caller builds the structure with the length that the request's number encodes or documents.
        return unsafe SystemCall.result(
            structure.withUnsafeMutableBytes { unsafe guest_ioctl(number, request, $0.baseAddress) }
        )
    }

    /// Waits until a terminal has sent its queued output, and no longer than the given time.
    ///
    /// - Parameter milliseconds: The longest wait for the driver's queue.
    func drainOutput(milliseconds: UInt64) {
        let deadline = guest_uptime() + milliseconds
        while guest_output_left(number) > 0 {
            guard guest_uptime() < deadline else { return }
            DescriptorPoll.pause(milliseconds: 5)
        }
        // The driver's queue is empty; the port's hardware FIFO may still hold a few bytes.
        tcdrain(number)
    }
}
