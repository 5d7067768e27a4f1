import Synchronization

/// Buffers of one size that threads use in turns: a new one would cost its pages again.
final class BufferPool: Sendable {
    /// What a core's own cache holds beside other things.
    static let copyingSize = 256 << 10

    private let size: Int
    private let free = Mutex<[[UInt8]]>([])

    init(size: Int) {
        self.size = size
    }

    /// Lends a buffer; what it holds is what its last user left.
    func withBuffer<Result>(
        _ use: (inout [UInt8]) throws(RootFileSystemError) -> Result
    ) throws(RootFileSystemError) -> Result {
        var buffer = free.withLock { $0.popLast() } ?? [UInt8](repeating: 0, count: size)
        defer { free.withLock { $0.append(buffer) } }
        return try use(&buffer)
    }
}
