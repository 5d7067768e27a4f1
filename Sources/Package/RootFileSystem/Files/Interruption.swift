import Synchronization

/// A person's wish that long work end early, tidily: what was begun is taken away as after a failure.
package final class Interruption: Sendable {
    private let isWished = Atomic(false)

    package init() {}

    /// Notes the wish; may be called from any thread.
    package func request() {
        isWished.store(true, ordering: .relaxed)
    }

    /// Whether the wish was noted.
    package var isRequested: Bool { isWished.load(ordering: .relaxed) }

    /// Ends the work where that is wished.
    ///
    /// - Throws: `file.interrupted`.
    package func check() throws(RootFileSystemError) {
        guard !isRequested else { throw RootFileSystemError(.interrupted, subject: "the work") }
    }
}
