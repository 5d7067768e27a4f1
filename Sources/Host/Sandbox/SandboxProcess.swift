import Foundation
import Glibc
import Synchronization

/// A child of this process, started and waited for by one thread.
///
/// The child dies with the thread that made it (prctl(2), PR_SET_PDEATHSIG), so that has to be a thread that stays, which
/// those of the concurrency runtime do not.
final class SandboxProcess: Sendable {
    private enum State {
        case running(waiting: [CheckedContinuation<Int32, Never>])
        case ended(status: Int32)
    }

    /// What both the value and its thread hold.
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

    /// The process, or -1 where it could not be started.
    let number: pid_t
    private let shared = Shared()

    /// - Parameter start: Makes the child, and gives its number.
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

    /// What a shell makes of a status: the exit status, or 128 and the number of the signal that ended the process.
    ///
    /// - Parameter status: As wait(2) gives it.
    /// - Returns: The code.
    static func exitCode(_ status: Int32) -> Int32 {
        status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }

    /// Waits for the end.
    ///
    /// - Returns: The status as wait(2) gives it.
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
