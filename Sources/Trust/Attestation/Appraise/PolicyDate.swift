public import FoundationEssentials

/// The last day on which a policy accepts something, such as `2027-01-31`.
public struct PolicyDate: Sendable, Hashable, CustomStringConvertible {
    /// Year, month and day.
    public let description: String
    /// The moment at which the day is over, in UTC.
    public let end: Date

    /// Reads a day.
    ///
    /// - Parameter text: Such as `2027-01-31`; a day that no calendar has is none.
    public init?(_ text: String) {
        guard text.utf8.count == 10, let start = Date(rfc3339: text + "T00:00:00Z"), start.plain.hasPrefix(text) else {
            return nil
        }
        description = text
        end = start + 86_400
    }

    /// Whether the day is over.
    ///
    /// - Parameter now: The time.
    /// - Returns: false through the whole day, in UTC.
    public func isPast(at now: Date) -> Bool { now >= end }
}
