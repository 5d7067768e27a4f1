import Foundation
import RootFileSystem
import Synchronization

/// A line on a terminal that shows how far, how fast and how much longer.
final class TransferProgress: Sendable {
    private struct State {
        let start = ContinuousClock.now
        var lastShown: ContinuousClock.Instant?
    }

    private static let interval = Duration.milliseconds(100)

    private let state = Mutex(State())

    /// Shows the progress of some work on a terminal, and removes the line at its end.
    ///
    /// - Parameter work: Takes the reporter of bytes; nil where standard error is no terminal.
    /// - Returns: What the work returns.
    /// - Throws: What the work throws.
    static func show<Result, Failure>(
        _ work: (ByteProgress.Report?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let meter = StandardError.isTerminal ? TransferProgress() : nil
        defer { meter?.finish() }
        guard let meter else { return try work(nil) }
        return try work { meter.show(done: $0, of: $1) }
    }

    /// Shows progress; may be called from any thread, and draws at most ten times a second.
    func show(done: Int, of total: Int) {
        state.withLock { state in
            let now = ContinuousClock.now
            guard state.lastShown.map({ now - $0 >= Self.interval }) ?? true else { return }
            state.lastShown = now
            var stream = StandardError()
            stream.write("\r\u{1b}[K" + Self.line(done: done, of: total, after: (now - state.start) / .seconds(1)))
        }
    }

    /// Removes the line.
    func finish() {
        state.withLock { state in
            guard state.lastShown != nil else { return }
            var stream = StandardError()
            stream.write("\r\u{1b}[K")
        }
    }

    /// The line's text.
    static func line(done: Int, of total: Int, after seconds: Double) -> String {
        let share = total > 0 ? min(1, Double(done) / Double(total)) : 1
        let rate = seconds > 0 ? Double(done) / seconds : 0
        let left = rate > 0 ? Int(Double(max(0, total - done)) / rate) : 0
        return String(
            format: "%3.0f %%  %.1f MiB  %.0f MiB/s  %d:%02d left",
            share * 100,
            Double(done) / 1_048_576,
            rate / 1_048_576,
            left / 60,
            left % 60
        )
    }
}
