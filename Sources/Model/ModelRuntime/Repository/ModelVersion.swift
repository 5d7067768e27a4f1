/// The version of a model, compared by its numbers: 1.10 comes after 1.9.
struct ModelVersion: Sendable, Hashable, Comparable {
    /// The version as in the pack's card.
    let text: String
    private let parts: [Part]

    private enum Part: Hashable, Comparable {
        // In this order a word comes before a number, so that 2.0-beta comes before 2.0.1.
        case word(String)
        case number(digits: Int, text: String)
    }

    init(_ text: String) {
        self.text = text
        parts = text.split { !$0.isLetter && !$0.isNumber }.map { part in
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return .word(String(part)) }
            // Of any length: with as many digits without zeros in front, text compares as numbers do.
            let digits = part.drop { $0 == "0" }
            return .number(digits: digits.count, text: String(digits))
        }
    }

    static func < (left: Self, right: Self) -> Bool {
        for (one, other) in zip(left.parts, right.parts) where one != other {
            return one < other
        }
        guard left.parts.count == right.parts.count else {
            // 2.0 comes after 2.0-beta, and before 2.0.1.
            let isLeftLonger = left.parts.count > right.parts.count
            let next = isLeftLonger ? left.parts[right.parts.count] : right.parts[left.parts.count]
            if case .word = next { return isLeftLonger }
            return !isLeftLonger
        }
        return left.text < right.text
    }
}
