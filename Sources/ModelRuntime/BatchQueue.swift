/// What waits for the engines, and what runs on them: the state alone, without a thread or a clock.
///
/// While a batch runs, newcomers wait; when it is done, all that wait run together, up to a bound. So a lone request
/// never waits for company, and under load the weights are read once for many images.
struct BatchQueue<Item: Sendable>: Sendable {
    /// What names an item as long as it waits.
    struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private enum State: Sendable {
        case idle
        case running(waiting: [(ticket: Ticket, item: Item)])
    }

    /// How many items may run together; at least 1.
    let maximumBatch: Int
    private var state = State.idle
    private var nextNumber: UInt64 = 0

    init(maximumBatch: Int) {
        precondition(maximumBatch >= 1, "a batch has at least one item")
        self.maximumBatch = maximumBatch
    }

    /// Whether nothing runs.
    var isIdle: Bool {
        if case .idle = state { true } else { false }
    }

    /// How many items wait.
    var waitingCount: Int {
        if case .running(let waiting) = state { waiting.count } else { 0 }
    }

    /// The name for the next item.
    mutating func makeTicket() -> Ticket {
        nextNumber += 1
        return Ticket(number: nextNumber)
    }

    /// Takes an item in.
    ///
    /// - Returns: The batch to run at once; nil where the item has to wait.
    mutating func enqueue(_ item: Item, as ticket: Ticket) -> [Item]? {
        switch state {
        case .idle:
            state = .running(waiting: [])
            return [item]
        case .running(var waiting):
            waiting.append((ticket, item))
            state = .running(waiting: waiting)
            return nil
        }
    }

    /// Notes that the running batch is done.
    ///
    /// - Returns: The next batch to run; nil where nothing waits.
    mutating func finish() -> [Item]? {
        guard case .running(let waiting) = state, !waiting.isEmpty else {
            state = .idle
            return nil
        }
        state = .running(waiting: Array(waiting.dropFirst(maximumBatch)))
        return waiting.prefix(maximumBatch).map(\.item)
    }

    /// Takes a waiting item out again.
    ///
    /// - Returns: The item; nil where it runs already or ran.
    mutating func cancel(_ ticket: Ticket) -> Item? {
        guard case .running(var waiting) = state, let index = waiting.firstIndex(where: { $0.ticket == ticket }) else {
            return nil
        }
        let item = waiting.remove(at: index).item
        state = .running(waiting: waiting)
        return item
    }
}
