import ArgumentParser
import Dispatch
import Foundation
import RootFileSystem
import Synchronization

/// Turns SIGINT, SIGTERM and SIGHUP into a request to end early, so that nothing is left behind.
///
/// Work that runs in ``run(_:)`` is cancelled; blocking work in it checks ``interruption``. A program that runs in the
/// terminal's foreground gets the signals itself (``forward(to:)``).
final class InterruptHandler {
    /// Receives the request.
    let interruption = Interruption()

    private let caught = Caught()
    private let sources: [any DispatchSourceSignal]

    private final class Caught: Sendable {
        let number = Atomic<Int32>(0)
        /// Cancels the work that runs, or passes the signal on.
        let answer = Mutex<(@Sendable (Int32) -> Void)?>(nil)
    }

    init() {
        let (caught, interruption) = (caught, interruption)
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                caught.number.store(number, ordering: .relaxed)
                interruption.request()
                caught.answer.withLock { $0 }?(number)
            }
            source.activate()
            return source
        }
    }

    /// Runs work, and cancels it on one of the signals.
    ///
    /// - Parameter work: The work; one at a time.
    /// - Returns: What the work returns.
    /// - Throws: What the work throws.
    func run<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let task = Task { try await work() }
        caught.answer.withLock { $0 = { _ in task.cancel() } }
        // For a signal that came before.
        if interruption.isRequested { task.cancel() }
        return try await task.value
    }

    /// Passes signals on from now on, instead of cancelling the work that runs.
    ///
    /// - Parameter send: Sends a signal to a program; called at once for a signal that came before.
    func forward(to send: @escaping @Sendable (Int32) -> Void) {
        caught.answer.withLock { $0 = send }
        let number = caught.number.load(ordering: .relaxed)
        if number != 0 { send(number) }
    }

    /// The status that shells expect of a program that a signal ended; nil where none came.
    var exitStatus: ExitCode? {
        let number = caught.number.load(ordering: .relaxed)
        return number == 0 ? nil : ExitCode(128 + number)
    }
}
