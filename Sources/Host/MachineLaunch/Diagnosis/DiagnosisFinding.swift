/// A part of the host that was checked.
package struct DiagnosisFinding: Encodable, Equatable, Sendable {
    /// Whether the part is available.
    package enum State: String, Encodable, Sendable {
        case present
        case missing
    }

    /// The part's stable name.
    package let id: String
    /// Its purpose.
    package let purpose: String
    /// Whether it is available.
    package let state: State
    /// The version, the number or the reason.
    package let detail: String
    /// How to get it, where it is missing.
    package let remedy: String?

    /// Creates the finding of an available part.
    ///
    /// - Parameters:
    ///   - id: The part's stable name.
    ///   - purpose: Its purpose.
    ///   - detail: The version or the number.
    /// - Returns: The finding.
    package static func present(_ id: String, _ purpose: String, detail: String) -> DiagnosisFinding {
        DiagnosisFinding(id: id, purpose: purpose, state: .present, detail: detail, remedy: nil)
    }

    /// Creates the finding of a missing part.
    ///
    /// - Parameters:
    ///   - id: The part's stable name.
    ///   - purpose: Its purpose.
    ///   - detail: The reason.
    ///   - remedy: How to get it.
    /// - Returns: The finding.
    package static func missing(
        _ id: String,
        _ purpose: String,
        detail: String,
        remedy: String
    ) -> DiagnosisFinding {
        DiagnosisFinding(id: id, purpose: purpose, state: .missing, detail: detail, remedy: remedy)
    }

    /// The finding as lines for a person.
    package var text: String { text(present: "✓", missing: "–") }

    /// The finding as lines for a person.
    ///
    /// - Parameters:
    ///   - present: The mark of a thing that is there.
    ///   - missing: The mark of a thing that is not.
    /// - Returns: One line, or two with what to do.
    package func text(present: String, missing: String) -> String {
        let head = "\(state == .present ? present : missing) \(id): \(detail)  (\(purpose))"
        guard state == .missing, let remedy else { return head }
        return "\(head)\n    to have it: \(remedy)"
    }
}
