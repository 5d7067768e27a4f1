public import FoundationEssentials

/// A dated table of the least firmware versions by line of processors, with their sources, and of known weaknesses.
///
/// `adyton policy from` writes the versions into a policy; `adyton policy lint` compares a policy with them.
public struct MinimumVersions: Sendable, Equatable {
    /// The least versions of one line of processors.
    public struct Line: Sendable, Equatable {
        /// The least version of each component.
        public let components: [String: UInt64]
        /// Where the versions are from.
        public let sources: [String]
    }

    /// A publicly known weakness of a line of processors that no version of the firmware mends.
    public struct Weakness: Sendable, Equatable {
        /// The line of processors.
        public let line: String
        /// What is known.
        public let summary: String
        /// Where it was published.
        public let source: String
    }

    /// The day as of which the table was written.
    public let day: PolicyDate
    /// The least versions by line of processors.
    public let lines: [String: Line]
    /// The known weaknesses.
    public let weaknesses: [Weakness]

    /// The table for people: its day, its age, and a line for each line of processors and each weakness.
    ///
    /// - Parameter now: The current time.
    /// - Returns: The lines.
    public func text(at now: Date) -> [String] {
        var text = ["minimum versions of firmware: table of \(day), \(ageInDays(at: now)) days old"]
        for (name, line) in lines.sorted(by: { $0.key < $1.key }) {
            let versions = line.components.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            text.append("  \(name): \(versions.joined(separator: ", ")) (\(line.sources.joined(separator: ", ")))")
        }
        return text + weaknesses.map { "  \($0.line): \($0.summary) (\($0.source))" }
    }

    /// The table's age.
    ///
    /// - Parameter now: The current time.
    /// - Returns: Whole days since the table's day ended; never negative.
    public func ageInDays(at now: Date) -> Int {
        max(0, Int(now.timeIntervalSince(day.end) / 86_400))
    }
}
