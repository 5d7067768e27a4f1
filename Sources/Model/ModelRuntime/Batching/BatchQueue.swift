import Diagnostics
import Inference

/// What waits for the engines, and what runs on them: the state alone, without a thread or a clock.
///
/// A request is announced when it arrives, and handed in when its input is ready. While a batch runs, newcomers wait; when
/// it is done, what waits runs together, up to a bound. An idle engine waits a moment for those that were announced and
/// are still being prepared, since then the cores are busy anyway; a lone request never waits. It also waits an instant
/// after a run: clients that were just answered often ask again, and without it they and those who wait would take turns
/// for ever, each with half a batch. Nothing here takes longer the more requests wait, but for a logarithm.
struct BatchQueue<Item: Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// What may run and wait.
    struct Limits: Sendable {
        /// How many rows may run together; at least 1.
        var maximumBatch: Int
        /// How many requests may be announced or wait.
        var maximumWaiting: Int
        /// How long an idle engine may hold what waits for others that are being prepared; never longer than half of what
        /// the last run took.
        var maximumDelay: Duration
        /// How long it may hold what waits, after a run, for clients to ask again; never longer than a sixteenth of what
        /// the run took, and not at all where that is next to nothing.
        var maximumReturn: Duration = .zero
        /// How long a run may take before it is given up.
        var runLimit: Duration
    }

    /// What names a request until it runs or leaves.
    struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    /// What runs together.
    struct Batch: Sendable {
        /// The run's number, for `finish`.
        let number: UInt64
        /// What its requests have in common.
        let group: Int
        let items: [Item]
        let rows: Int
    }

    /// What is to be done after a change.
    struct Step: Sendable {
        /// Begins now.
        var batch: Batch?
        /// Their deadline passed, and they will not run.
        var expired: [Item] = []
        /// They will not run, because what runs before them does not end.
        var abandoned: [Item] = []
        /// The number of the run that has just been given up; its requests get no answer from it.
        var givenUp: UInt64?
    }

    /// Why a request was not let in.
    enum Refusal: Error, Equatable {
        /// As many wait as may; it is worth to try again after a while.
        case full(retryAfter: Duration)
        /// A run does not end.
        case stalled
    }

    private struct Entry: Sendable {
        let lane: Lane
        let deadline: Deadline?
        /// What is to run, since when, and how much it is; nil while it is being prepared.
        var work: (item: Item, since: Instant, rows: Int)?
    }

    /// Requests that run in turn: those of a smaller priority first, and only those of one group together.
    private struct Lane: Hashable, Sendable {
        let priority: Int
        let group: Int
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
    /// Tickets in order; one whose entry is gone or runs is passed over.
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

    /// Whether nothing runs.
    var isIdle: Bool {
        if case .none = run { true } else { false }
    }

    /// Whether a run was given up and has not ended.
    var isStalled: Bool {
        if case .stalled = run { true } else { false }
    }

    /// How many places are kept in lanes and among expiries, those of requests that left included.
    var placeCount: Int { lanes.values.reduce(expiries.count) { $0 + $1.count } }

    /// How many requests wait with their input ready.
    var waitingCount: Int { entries.count - preparingCount }

    /// Lets a request in whose input is about to be prepared.
    ///
    /// - Parameters:
    ///   - priority: Smaller ones run first.
    ///   - group: What requests must have in common to run together.
    ///   - deadline: When it is too late to begin its run.
    /// - Returns: The request's name.
    /// - Throws: Why it is not let in.
    mutating func announce(priority: Int, group: Int, deadline: Deadline?) throws(Refusal) -> Ticket {
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

    /// Hands in what an announced request wants to run.
    ///
    /// - Parameters:
    ///   - item: What is to run.
    ///   - rows: How much it adds to a batch; from 1 to the maximum batch.
    ///   - ticket: What `announce` gave.
    ///   - now: The present.
    /// - Returns: What is to be done; nil where the request left or was given up meanwhile, and the item is not taken.
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

    /// Lets a request go that runs no more: its client left, or it could not be prepared.
    ///
    /// - Returns: Its item where it waited, and what is to be done; an unknown request changes nothing.
    mutating func withdraw(_ ticket: Ticket, at now: Instant) -> (item: Item?, step: Step) {
        let item = remove(ticket)
        tidy()
        return (item, step(at: now))
    }

    /// Notes that a run ended, be it late.
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

    /// Notes that time has gone by.
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

    /// When `step` has to be called at the latest, if nothing else happens; nil for never.
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
    /// Less than this is not worth a timer.
    private static var shortestReturn: Duration { .microseconds(500) }

    /// Since when the first waits.
    private var oldest: Instant? {
        lanes.values.compactMap { lane in lane.first.flatMap { entries[$0]?.work?.since } }.min()
    }

    /// How long before the first deadline a hold ends at the latest: a request must not be late on an idle engine.
    private static var margin: Duration { .milliseconds(2) }

    /// Until when what waits is held; nil where nothing waits.
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
            // One that does not fit goes first the next time, and nobody behind it before.
            if lanes[lane]?.isEmpty == false { break }
        }
        tidy()
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
        // The front of a lane is always one that waits.
        while let first = lanes[entry.lane]?.first, entries[first] == nil {
            _ = lanes[entry.lane]?.popFirst()
        }
        if lanes[entry.lane]?.isEmpty == true { lanes[entry.lane] = nil }
        return work.item
    }

    /// Drops the places of those that left, once they are more than those that wait.
    private mutating func tidy() {
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
