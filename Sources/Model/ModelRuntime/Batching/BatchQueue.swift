import Diagnostics
import Inference

/// The queue of a model's requests, and the run in progress: the state alone, without threads or a clock.
///
/// A request is announced when it arrives, and submitted when its input is ready. While a batch runs, other requests
/// wait; when it ends, the waiting requests run together, up to a limit. An idle engine waits a short time for requests
/// that are announced and still being prepared, because the cores are busy then anyway; a lone request never waits. It
/// also waits a short time after a run: clients often send their next request as soon as they have a response, and
/// without the wait they and the waiting ones would alternate, each with half a batch. Every operation takes at most
/// logarithmic time in the number of requests.
///
/// The queue is bounded, which is the server's backpressure: beyond `maximumWaiting` a request is refused with the time
/// after which a retry is worthwhile.
struct BatchQueue<Item: Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// The limits of batches and of the queue.
    struct Limits: Sendable {
        /// The most rows of a batch; at least 1.
        var maximumBatch: Int
        /// The most requests that may be announced or wait.
        var maximumWaiting: Int
        /// How long an idle engine may wait for requests that are being prepared; never longer than half of the last
        /// run.
        var maximumDelay: Duration
        /// How long it may wait after a run for the next requests of the same clients; never longer than a sixteenth of
        /// the run, and not at all where that is less than `shortestReturn`.
        var maximumReturn: Duration = .zero
        /// The timeout of a run; after it the run is abandoned.
        var runLimit: Duration
    }

    /// Identifies a request until it runs or is withdrawn.
    struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    /// Requests that run together.
    struct Batch: Sendable {
        /// The run's number, for `finish`.
        let number: UInt64
        /// The group of its requests; requests of different groups do not run together.
        let group: BatchGroup
        let items: [Item]
        let rows: Int
    }

    /// The actions after a change of the state.
    struct Step: Sendable {
        /// The batch to start now.
        var batch: Batch?
        /// Requests whose deadline passed; they do not run.
        var expired: [Item] = []
        /// Requests that do not run, because the run before them does not end.
        var abandoned: [Item] = []
        /// The number of the run that has just been abandoned; its requests fail.
        var givenUp: UInt64?
    }

    /// Why a request was refused.
    enum Refusal: Error, Equatable {
        /// The queue is full; a retry is worthwhile after a while.
        case full(retryAfter: Duration)
        /// A run does not end.
        case stalled
    }

    private struct Entry: Sendable {
        let lane: Lane
        let deadline: Deadline?
        /// The item, when it became ready, and its rows; nil while it is being prepared.
        var work: (item: Item, since: Instant, rows: Int)?
    }

    /// Requests that run in order: lower priorities first, and only those of one group together.
    private struct Lane: Hashable, Sendable {
        let priority: Int
        let group: BatchGroup
    }

    private struct Expiry: Comparable, Sendable {
        let instant: Instant
        let ticket: Ticket

        static func < (left: Self, right: Self) -> Bool { left.instant < right.instant }
    }

    private enum Run: Sendable {
        case none
        case busy(number: UInt64, since: Instant, deadline: Deadline)
        case stalled(number: UInt64, since: Instant)
    }

    let limits: Limits
    private var run = Run.none
    private var entries: [Ticket: Entry] = [:]
    /// Tickets in order; tickets without an entry are skipped.
    private var lanes: [Lane: FIFOQueue<Ticket>] = [:]
    private var expiries = MinimumHeap<Expiry>()
    private var nextNumber: UInt64 = 0
    private var lastRun: Duration = .zero
    private var lastEnd: Instant?
    private(set) var preparingCount = 0
    private(set) var waitingRows = 0

    init(limits: Limits) {
        precondition(limits.maximumBatch >= 1, "a batch has at least one row")
        self.limits = limits
    }

    /// Whether no run is in progress.
    var isIdle: Bool {
        if case .none = run { true } else { false }
    }

    /// Whether a run was abandoned and has not ended.
    var isStalled: Bool {
        if case .stalled = run { true } else { false }
    }

    /// How many tickets the lanes and the deadlines hold, withdrawn ones included.
    var placeCount: Int { lanes.values.reduce(expiries.count) { $0 + $1.count } }

    /// How many requests wait with their input ready.
    var waitingCount: Int { entries.count - preparingCount }

    /// Admits a request whose input is about to be prepared.
    ///
    /// - Parameters:
    ///   - priority: Lower ones run first.
    ///   - group: Only requests of the same group run together.
    ///   - deadline: By when its run has to begin.
    /// - Returns: The request's ticket.
    /// - Throws: Why it is refused.
    mutating func announce(priority: Int, group: BatchGroup, deadline: Deadline?) throws(Refusal) -> Ticket {
        guard !isStalled else { throw .stalled }
        guard entries.count < limits.maximumWaiting else {
            let runs = waitingRows / limits.maximumBatch + 1
            throw .full(retryAfter: lastRun * runs)
        }
        nextNumber += 1
        let ticket = Ticket(number: nextNumber)
        entries[ticket] = Entry(lane: Lane(priority: priority, group: group), deadline: deadline)
        preparingCount += 1
        return ticket
    }

    /// Queues the input of an announced request.
    ///
    /// - Parameters:
    ///   - item: What is to run.
    ///   - rows: Its rows; from 1 to the maximum batch.
    ///   - ticket: The request's ticket.
    ///   - now: The present time.
    /// - Returns: The actions; nil where the request was withdrawn or abandoned meanwhile, and the item is not queued.
    mutating func submit(_ item: Item, rows: Int, as ticket: Ticket, at now: Instant) -> Step? {
        precondition((1...limits.maximumBatch).contains(rows), "a request fits a batch")
        guard var entry = entries[ticket], entry.work == nil else { return nil }
        guard !isStalled else {
            remove(ticket)
            return Step(abandoned: [item])
        }
        preparingCount -= 1
        entry.work = (item, now, rows)
        entries[ticket] = entry
        waitingRows += rows
        lanes[entry.lane, default: FIFOQueue()].append(ticket)
        if let deadline = entry.deadline { expiries.insert(Expiry(instant: deadline.instant, ticket: ticket)) }
        return step(at: now)
    }

    /// Removes a request that will not run: its client disconnected, or it could not be prepared.
    ///
    /// - Returns: Its item where it was queued, and the actions; an unknown ticket changes nothing.
    mutating func withdraw(_ ticket: Ticket, at now: Instant) -> (item: Item?, step: Step) {
        let item = remove(ticket)
        compact()
        return (item, step(at: now))
    }

    /// Notes the end of a run, also of one that was abandoned.
    mutating func finish(_ number: UInt64, at now: Instant) -> Step {
        switch run {
        case .busy(number, let since, _), .stalled(number, let since):
            lastRun = now - since
            lastEnd = now
            run = .none
        case .none, .busy, .stalled: break
        }
        return step(at: now)
    }

    /// Applies the passage of time.
    mutating func step(at now: Instant) -> Step {
        var step = Step()
        while let first = expiries.first, first.instant <= now {
            expiries.removeFirst()
            if let item = remove(first.ticket) { step.expired.append(item) }
        }
        switch run {
        case .busy(let number, let since, let deadline) where now >= deadline.instant:
            run = .stalled(number: number, since: since)
            step.givenUp = number
            step.abandoned = abandonAll()
        case .none where isWorthRunning(at: now):
            step.batch = takeBatch(at: now)
        case .none, .busy, .stalled: break
        }
        return step
    }

    /// The latest time for the next call of `step`; nil for never.
    var nextStep: Instant? {
        var instants = [expiries.first?.instant]
        switch run {
        case .none: instants.append(holdEnd)
        case .busy(_, _, let deadline): instants.append(deadline.instant)
        case .stalled: break
        }
        return instants.compactMap(\.self).min()
    }
}

extension BatchQueue {
    /// A shorter wait is not worth a timer.
    private static var shortestReturn: Duration { .microseconds(500) }

    /// When the first of the waiting requests became ready.
    private var oldest: Instant? {
        lanes.values.compactMap { lane in lane.first.flatMap { entries[$0]?.work?.since } }.min()
    }

    /// How long before the first deadline a wait ends: a request must not miss its deadline while the engine is idle.
    private static var margin: Duration { .milliseconds(2) }

    /// Until when the waiting requests wait for others; nil where none wait.
    private var holdEnd: Instant? {
        guard let oldest else { return nil }
        let since = max(oldest, lastEnd ?? oldest)
        var time = min(limits.maximumDelay, lastRun / 2)
        if preparingCount == 0 {
            time = min(limits.maximumReturn, lastRun / 16)
            if oldest == since || time < Self.shortestReturn { time = .zero }
        }
        return min(since + time, expiries.first.map { $0.instant - Self.margin } ?? since + time)
    }

    private func isWorthRunning(at now: Instant) -> Bool {
        guard let holdEnd else { return false }
        return waitingRows >= limits.maximumBatch || now >= holdEnd
    }

    private mutating func takeBatch(at now: Instant) -> Batch? {
        let heads = lanes.compactMap { lane, tickets in
            tickets.first.flatMap { entries[$0]?.work?.since }.map { (lane: lane, since: $0) }
        }
        let order = { (one: Lane, other: Lane) in one.priority < other.priority }
        guard let first = heads.min(by: { ($0.lane.priority, $0.since) < ($1.lane.priority, $1.since) }) else {
            return nil
        }
        let group = first.lane.group
        var items: [Item] = []
        var rows = 0
        for lane in lanes.keys.filter({ $0.group == group }).sorted(by: order) {
            while let ticket = lanes[lane]?.first, let work = entries[ticket]?.work,
                rows + work.rows <= limits.maximumBatch
            {
                rows += work.rows
                items.append(work.item)
                remove(ticket)
            }
            // A request that does not fit is first in the next batch, and none behind it overtakes it.
            if lanes[lane]?.isEmpty == false { break }
        }
        compact()
        nextNumber += 1
        run = .busy(number: nextNumber, since: now, deadline: Deadline(in: limits.runLimit, from: now))
        return Batch(number: nextNumber, group: group, items: items, rows: rows)
    }

    @discardableResult
    private mutating func remove(_ ticket: Ticket) -> Item? {
        guard let entry = entries.removeValue(forKey: ticket) else { return nil }
        guard let work = entry.work else {
            preparingCount -= 1
            return nil
        }
        waitingRows -= work.rows
        // The front of a lane is always a waiting request.
        while let first = lanes[entry.lane]?.first, entries[first] == nil {
            _ = lanes[entry.lane]?.popFirst()
        }
        if lanes[entry.lane]?.isEmpty == true { lanes[entry.lane] = nil }
        return work.item
    }

    /// Removes the tickets of withdrawn requests once they are more than those that wait.
    private mutating func compact() {
        let bound = 2 * entries.count + 64
        let entries = entries
        if expiries.count > bound {
            expiries.removeAll { entries[$0.ticket] == nil }
        }
        if lanes.values.reduce(0, { $0 + $1.count }) > bound {
            for lane in lanes.keys { lanes[lane]?.removeAll { entries[$0] == nil } }
        }
    }

    private mutating func abandonAll() -> [Item] {
        let items = entries.values.compactMap { $0.work?.item }
        entries = entries.filter { $0.value.work == nil }
        lanes = [:]
        expiries = MinimumHeap()
        waitingRows = 0
        return items
    }
}
