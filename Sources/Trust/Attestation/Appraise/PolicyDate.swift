public import FoundationEssentials

/// The last day, in UTC, on which a policy accepts something, such as `2027-01-31`.
public struct PolicyDate: Sendable, Hashable, CustomStringConvertible {
    /// The date as text: year, month and day.
    public let description: String
    /// The end of the day, in UTC.
    public let end: Date

    /// The first day of 1970, for a built-in day that is none.
    static let epoch = PolicyDate(description: "1970-01-01", end: Date(timeIntervalSince1970: 86_400))

    private init(description: String, end: Date) {
        self.description = description
        self.end = end
    }

    /// Parses a date.
    ///
    /// - Parameter text: A date such as `2027-01-31`; nil for a day that does not exist.
    public init?(_ text: String) {
        guard text.utf8.count == 10, let start = Date(rfc3339: text + "T00:00:00Z"), start.plain.hasPrefix(text) else {
            return nil
        }
        description = text
        end = start + 86_400
    }

    /// Whether the day has passed.
    ///
    /// - Parameter now: The current time.
    /// - Returns: false through the whole day, in UTC.
    public func isPast(at now: Date) -> Bool { now >= end }
}
