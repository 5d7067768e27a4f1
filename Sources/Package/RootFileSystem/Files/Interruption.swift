import Synchronization

/// A request to stop long blocking work; what was begun is removed as after a failure.
///
/// It is checked on threads that run in parallel outside of any task (``ParallelWork``), where `Task.isCancelled` does not
/// tell of the caller's cancellation.
package final class Interruption: Sendable {
    private let isSet = Atomic(false)

    package init() {}

    /// Makes the request; may be called from any thread.
    package func request() {
        isSet.store(true, ordering: .relaxed)
    }

    /// Whether the request was made.
    package var isRequested: Bool { isSet.load(ordering: .relaxed) }

    /// Ends the work where that was requested.
    ///
    /// - Throws: `file.interrupted`.
    package func check() throws(RootFileSystemError) {
        guard !isRequested else { throw RootFileSystemError(.interrupted, subject: "the work") }
    }
}
