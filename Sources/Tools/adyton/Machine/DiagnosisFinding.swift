/// One thing that a machine has or lacks.
struct DiagnosisFinding: Encodable, Sendable {
    /// Whether the thing is there.
    enum State: String, Encodable, Sendable {
        case present
        case missing
    }

    /// The stable name of what was looked for.
    let id: String
    /// What it is for.
    let purpose: String
    let state: State
    /// The version, the number or the reason.
    let detail: String
    /// What to do where it is missing.
    let remedy: String?

    /// The finding as lines for a person.
    var text: String {
        let head = "\(state == .present ? "✓" : "–") \(id): \(detail)  (\(purpose))"
        guard state == .missing, let remedy else { return head }
        return "\(head)\n    to have it: \(remedy)"
    }
}
