/// One thing that a machine has or lacks.
package struct DiagnosisFinding: Encodable, Equatable, Sendable {
    /// Whether the thing is there.
    package enum State: String, Encodable, Sendable {
        case present
        case missing
    }

    /// The stable name of what was looked for.
    package let id: String
    /// What it is for.
    package let purpose: String
    /// Whether it is there.
    package let state: State
    /// The version, the number or the reason.
    package let detail: String
    /// What to do where it is missing.
    package let remedy: String?

    /// A thing that is there.
    ///
    /// - Parameters:
    ///   - id: The stable name of what was looked for.
    ///   - purpose: What it is for.
    ///   - detail: The version or the number.
    /// - Returns: The finding.
    package static func present(_ id: String, _ purpose: String, detail: String) -> DiagnosisFinding {
        DiagnosisFinding(id: id, purpose: purpose, state: .present, detail: detail, remedy: nil)
    }

    /// A thing that is not there.
    ///
    /// - Parameters:
    ///   - id: The stable name of what was looked for.
    ///   - purpose: What it is for.
    ///   - detail: The reason.
    ///   - remedy: What to do.
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
    package var text: String {
        let head = "\(state == .present ? "✓" : "–") \(id): \(detail)  (\(purpose))"
        guard state == .missing, let remedy else { return head }
        return "\(head)\n    to have it: \(remedy)"
    }
}
