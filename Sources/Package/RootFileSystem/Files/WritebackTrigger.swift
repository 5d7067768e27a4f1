import Dispatch
import Files
import Synchronization

/// Has the disk begin with a file while the processor still makes it, so that the last `fsync` finds little to do.
final class WritebackTrigger: Sendable {
    private let file: Descriptor
    private let share: Int
    private let waiting = Mutex(0)
    // The call waits where the disk has enough to do; one thread of its own may, and the work goes on.
    private let queue = DispatchQueue(label: "adyton.disk-starter")

    /// - Parameters:
    ///   - file: Is being written.
    ///   - share: After how many bytes the disk is told.
    init(_ file: Descriptor, share: Int) {
        self.file = file
        self.share = share
    }

    /// Counts what was written, from any thread.
    func add(_ byteCount: Int) {
        let isEnough = waiting.withLock { waiting in
            waiting += byteCount
            guard waiting >= share else { return false }
            waiting = 0
            return true
        }
        if isEnough { start() }
    }

    /// Has the disk begin with everything that was written so far.
    func start() {
        queue.async { [file] in file.startWriting() }
    }
}
