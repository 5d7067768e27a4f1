import Dispatch
import Foundation
import Synchronization

/// Work that is cut into pieces, done on every core.
enum ParallelWork {
    /// Does all pieces, some at a time; the first failure keeps the rest from being begun.
    ///
    /// - Parameters:
    ///   - count: How many pieces there are; each is done once, in no order.
    ///   - work: Does the piece of that index.
    /// - Throws: The failure of the earliest piece that fails, however fast the others are.
    static func perform(
        _ count: Int,
        _ work: @Sendable (Int) throws(RootFileSystemError) -> Void
    ) throws(RootFileSystemError) {
        let failure = FirstFailure()
        DispatchQueue.concurrentPerform(iterations: count) { index in
            guard failure.isBehind(index) else { return }
            do throws(RootFileSystemError) {
                try work(index)
            } catch {
                failure.note(error, at: index)
            }
        }
        try failure.check()
    }

    /// Does pieces that have to be found one after another, while the next ones are looked for.
    ///
    /// - Parameters:
    ///   - source: Gives the pieces, to one thread at a time.
    ///   - work: Does a piece.
    /// - Throws: The failure of the earliest piece that fails; finding a piece counts as a part of it.
    static func perform<Source: PieceSource>(
        _ source: sending Source,
        _ work: @Sendable (Source.Piece) throws(RootFileSystemError) -> Void
    ) throws(RootFileSystemError) {
        let failure = FirstFailure()
        let source = Mutex((source: source, taken: 0))
        DispatchQueue.concurrentPerform(iterations: ProcessInfo.processInfo.activeProcessorCount) { _ in
            while true {
                // The next number stays the same once the source has failed or is empty, so the thread ends.
                let (index, piece) = source.withLock { state in
                    let index = state.taken
                    guard failure.isBehind(index) else { return (index, Source.Piece?.none) }
                    do throws(RootFileSystemError) {
                        let piece = try state.source.next()
                        if piece != nil { state.taken += 1 }
                        return (index, piece)
                    } catch {
                        failure.note(error, at: index)
                        return (index, nil)
                    }
                }
                guard let piece else { return }
                do throws(RootFileSystemError) {
                    try work(piece)
                } catch {
                    failure.note(error, at: index)
                }
            }
        }
        try failure.check()
    }
}

/// Pieces of work that are found one after another.
protocol PieceSource: SendableMetatype {
    associatedtype Piece: Sendable

    /// The next piece; nil where there is no more.
    mutating func next() throws(RootFileSystemError) -> Piece?
}

/// The failure of the earliest of some pieces of work.
private final class FirstFailure: Sendable {
    private let known = Mutex<(index: Int, error: RootFileSystemError)?>(nil)

    /// Whether a piece has to be done still: whatever comes before the failure that is known could fail itself.
    func isBehind(_ index: Int) -> Bool {
        known.withLock { $0.map { index < $0.index } ?? true }
    }

    func note(_ error: RootFileSystemError, at index: Int) {
        known.withLock { known in
            if known.map({ index < $0.index }) ?? true { known = (index, error) }
        }
    }

    func check() throws(RootFileSystemError) {
        if let error = known.withLock({ $0?.error }) { throw error }
    }
}

/// Counts bytes from several threads and says how far they came.
package final class ByteProgress: Sendable {
    /// Receives the bytes done and the total of the current step; called often, and on any thread.
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
