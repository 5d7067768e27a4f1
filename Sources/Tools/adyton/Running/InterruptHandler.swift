import ArgumentParser
import Dispatch
import Foundation
import RootFileSystem
import Synchronization

/// Turns SIGINT, SIGTERM and SIGHUP into a request to end early, so that nothing is left behind.
///
/// Work that runs in ``run(_:)`` is cancelled; blocking work in it checks ``interruption``.
final class InterruptHandler {
    /// Receives the request.
    let interruption = Interruption()

    private let caught = Caught()
    private let sources: [any DispatchSourceSignal]

    private final class Caught: Sendable {
        let number = Atomic<Int32>(0)
        /// Cancels the work that runs.
        let cancel = Mutex<(@Sendable () -> Void)?>(nil)
    }

    init() {
        let (caught, interruption) = (caught, interruption)
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                caught.number.store(number, ordering: .relaxed)
                interruption.request()
                caught.cancel.withLock { $0 }?()
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
        caught.cancel.withLock { $0 = { task.cancel() } }
        // For a signal that came before.
        if interruption.isRequested { task.cancel() }
        return try await task.value
    }

    /// The status that shells expect of a program that a signal ended; nil where none came.
    var exitStatus: ExitCode? {
        let number = caught.number.load(ordering: .relaxed)
        return number == 0 ? nil : ExitCode(128 + number)
    }
}
