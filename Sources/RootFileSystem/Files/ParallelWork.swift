import Dispatch
import Synchronization

/// Work that is cut into pieces, done on every core.
enum ParallelWork {
    /// Does all pieces, some at a time; the first failure keeps the rest from being begun.
    ///
    /// - Parameters:
    ///   - count: How many pieces there are; each is done once, in no order.
    ///   - work: Does the piece of that index.
    /// - Throws: The failure of the earliest piece that failed.
    static func perform(
        _ count: Int,
        _ work: @Sendable (Int) throws(RootFileSystemError) -> Void
    ) throws(RootFileSystemError) {
        let failure = Mutex<(index: Int, error: RootFileSystemError)?>(nil)
        DispatchQueue.concurrentPerform(iterations: count) { index in
            guard failure.withLock({ $0 == nil }) else { return }
            do throws(RootFileSystemError) {
                try work(index)
            } catch {
                failure.withLock { known in
                    if known.map({ index < $0.index }) ?? true { known = (index, error) }
                }
            }
        }
        if let error = failure.withLock({ $0?.error }) { throw error }
    }
}

/// Counts bytes from several threads and says how far they came.
package final class ByteProgress: Sendable {
    /// Is told the bytes done and the bytes of all, from any thread.
    package typealias Report = @Sendable (_ done: Int, _ total: Int) -> Void

    private let report: Report?
    private let total: Int
    private let done = Atomic(0)

    /// - Parameters:
    ///   - total: The bytes of all.
    ///   - report: Who is told; nil for nobody.
    package init(total: Int, report: Report?) {
        self.total = total
        self.report = report
    }

    /// Counts bytes that are done.
    package func add(_ count: Int) {
        guard let report else { return }
        report(done.add(count, ordering: .relaxed).newValue, total)
    }
}

/// Gathers what several threads find, in no order.
final class Results<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    var all: [Element] { elements.withLock { $0 } }

    func append(_ element: Element) {
        elements.withLock { $0.append(element) }
    }
}
