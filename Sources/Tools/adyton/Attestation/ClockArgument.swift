import ArgumentParser
import Foundation

/// A time that a command takes in place of the present, in ISO 8601.
struct ClockArgument: ExpressibleByArgument {
    let date: Date

    init?(argument: String) {
        guard let date = try? Date.ISO8601FormatStyle().parse(argument) else { return nil }
        self.date = date
    }
}
