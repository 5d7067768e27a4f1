package import Foundation

/// A time that is encoded as text in UTC to the second, such as `2025-07-01T00:00:00Z`.
@propertyWrapper
package struct SecondsInUTC: Codable, Equatable, Sendable {
    /// The time.
    package var wrappedValue: Date

    /// Wraps a time.
    package init(wrappedValue: Date) {
        self.wrappedValue = wrappedValue
    }

    /// Reads a time.
    ///
    /// - Parameter decoder: Of a string.
    /// - Throws: `DecodingError` for a string of another form.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let time = try? Date(container.decode(String.self), strategy: .iso8601) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a time in UTC to the second")
        }
        wrappedValue = time
    }

    /// Writes the time.
    ///
    /// - Parameter encoder: Of a string.
    /// - Throws: What the encoder throws.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue.formatted(.iso8601))
    }
}
