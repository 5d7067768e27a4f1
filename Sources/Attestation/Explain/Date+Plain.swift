import Foundation

extension Date {
    /// The time in UTC, to the second, as findings show it: `2025-07-01T00:00:00Z`.
    package var plain: String { formatted(.iso8601) }

    /// Reads a time of RFC 3339 with or without fractions of a second.
    ///
    /// - Parameter text: Such as `2025-07-01T00:00:00Z`.
    package init?(rfc3339 text: String) {
        let whole = Date.ISO8601FormatStyle()
        let fraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = (try? whole.parse(text)) ?? (try? fraction.parse(text)) else { return nil }
        self = date
    }
}
