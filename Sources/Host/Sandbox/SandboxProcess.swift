import Foundation
import Glibc
import Synchronization

/// A child process with a thread that starts it and waits for it.
///
/// The child is killed when the thread that created it exits (prctl(2), PR_SET_PDEATHSIG). So the thread must live as
/// long as the child, which the concurrency runtime's threads do not guarantee.
final class SandboxProcess: Sendable {
    private enum State {
        case running(waiting: [CheckedContinuation<Int32, Never>])
        case ended(status: Int32)
    }

    /// The state that the object and its thread share.
    private final class Shared: Sendable {
        let number = Mutex<pid_t>(-1)
        let state = Mutex(State.running(waiting: []))

        func end(_ status: Int32) {
            let waiting = state.withLock { state -> [CheckedContinuation<Int32, Never>] in
                defer { state = .ended(status: status) }
                return if case .running(let waiting) = state { waiting } else { [] }
            }
            for continuation in waiting { continuation.resume(returning: status) }
        }
    }

    /// The process ID; -1 where it could not be started.
    let number: pid_t
    private let shared = Shared()

    /// Starts the child on a new thread and blocks until it has started.
    ///
    /// - Parameter start: Creates the child and returns its process ID, or a negative number.
    init(_ start: @escaping @Sendable () -> pid_t) {
        let made = DispatchSemaphore(value: 0)
        Thread.detachNewThread { [shared] in
            let number = start()
            shared.number.withLock { $0 = number }
            made.signal()
            var status: Int32 = 0
            // Safe: the status is ours and outlives the call.
            while number > 0, unsafe waitpid(number, &status, 0) < 0, errno == EINTR {}
            shared.end(status)
        }
        made.wait()
        number = shared.number.withLock { $0 }
    }

    /// Converts a wait status as a shell does: the exit status, or 128 plus the number of the signal that killed the
    /// process.
    ///
    /// - Parameter status: The status from wait(2).
    /// - Returns: The exit code.
    static func exitCode(_ status: Int32) -> Int32 {
        status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }

    /// Waits until the process has ended.
    ///
    /// - Returns: The status from wait(2).
    func status() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status = shared.state.withLock { state -> Int32? in
                switch state {
                case .ended(let status): return status
                case .running(let waiting):
                    state = .running(waiting: waiting + [continuation])
                    return nil
                }
            }
            if let status { continuation.resume(returning: status) }
        }
    }
}
