import FoundationEssentials

/// Which documents a running client keeps fresh, and when each is due.
struct EndorsementSchedule {
    /// The most documents that are followed.
    private static let maximumCount = 64
    /// A document that nobody asked for in this time is not refreshed any more.
    private static let idleInSeconds = 86_400.0
    /// The longest time between two looks at the clock.
    private static let longestWaitInSeconds = 600.0
    /// The shortest time between two attempts for one document.
    private static let retryInSeconds = 600.0

    private struct Followed {
        let request: EndorsementRequest
        var due: Date
        var asked: Date
    }

    /// After which share of its time a document is due, from 0 to 1; each client has its own, so that not all ask at once.
    let share: Double
    private var followed: [String: Followed] = [:]

    init(share: Double) {
        self.share = share
    }

    /// Follows a document that was asked for.
    ///
    /// - Parameters:
    ///   - request: The document.
    ///   - fetched: When it was fetched.
    ///   - expires: When it expires by its own word.
    ///   - now: The current time.
    mutating func follow(_ request: EndorsementRequest, fetched: Date, expires: Date?, at now: Date) {
        guard let days = request.maximumAgeInDays else { return }
        if followed[request.name] != nil {
            followed[request.name]?.asked = now
            return
        }
        guard followed.count < Self.maximumCount else { return }
        let due = due(fetched: fetched, days: days, expires: expires)
        followed[request.name] = Followed(request: request, due: due, asked: now)
    }

    /// Sets when a document is due that was just fetched.
    mutating func renew(_ name: String, fetched: Date, expires: Date?) {
        guard let days = followed[name]?.request.maximumAgeInDays else { return }
        let due = due(fetched: fetched, days: days, expires: expires)
        followed[name]?.due = max(due, fetched + Self.retryInSeconds)
    }

    /// The documents that are due, earliest first; each is due again later, should it not come.
    mutating func takeDue(at now: Date) -> [EndorsementRequest] {
        followed = followed.filter { now.timeIntervalSince($0.value.asked) <= Self.idleInSeconds }
        let due = followed.values.filter { $0.due <= now }.sorted { $0.due < $1.due }
        for entry in due { followed[entry.request.name]?.due = now + Self.retryInSeconds }
        return due.map(\.request)
    }

    /// The seconds until the next look; nil where nothing is followed.
    func wait(at now: Date) -> Double? {
        guard let first = followed.values.map(\.due).min() else { return nil }
        return min(max(first.timeIntervalSince(now), 1), Self.longestWaitInSeconds)
    }

    /// Within its time, and well before the vendor's own last day.
    private func due(fetched: Date, days: Int, expires: Date?) -> Date {
        let own = fetched + Double(days) * 86_400 * share
        guard let expires, expires > fetched else { return own }
        return min(own, fetched + expires.timeIntervalSince(fetched) * share)
    }
}
