import Synchronization

/// The number and the duration of HTTP requests by route, method and status.
///
/// The route is the server's own pattern, so clients cannot add kinds.
final class RequestCounters: Sendable {
    /// The labels of a request.
    struct Kind: Hashable, Comparable {
        let route: String
        let method: String
        let status: Int

        static func < (left: Self, right: Self) -> Bool {
            (left.route, left.method, left.status) < (right.route, right.method, right.status)
        }
    }

    /// The durations of one route's requests, in the buckets of a histogram.
    struct Times: Equatable {
        /// The upper bounds of the buckets in seconds; longer durations count in the last bucket.
        static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

        fileprivate(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
        fileprivate(set) var seconds = 0.0

        fileprivate mutating func note(_ time: Double) {
            counts[Self.bounds.firstIndex { time <= $0 } ?? Self.bounds.count] += 1
            seconds += time
        }
    }

    private struct State {
        var requests: [Kind: UInt64] = [:]
        var times: [String: Times] = [:]
    }

    private let state = Mutex(State())

    /// Counts a request that was answered.
    func note(_ kind: Kind, after duration: Duration) {
        let seconds = duration.inSeconds
        state.withLock { state in
            state.requests[kind, default: 0] += 1
            state.times[kind.route, default: Times()].note(seconds)
        }
    }

    /// The counts by kind, sorted.
    var requests: [(kind: Kind, count: UInt64)] {
        state.withLock { $0.requests }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The durations by route, sorted.
    var times: [(route: String, times: Times)] {
        state.withLock { $0.times }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
