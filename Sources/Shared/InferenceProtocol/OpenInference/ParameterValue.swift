/// A value that a request or an answer carries beside its tensors: text, a number or a truth value.
package enum ParameterValue: Sendable, Equatable {
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)

    /// The truth value, where it is one.
    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The whole number, where it is one.
    package var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        case .bool, .text: nil
        }
    }

    /// The text, where it is one.
    package var text: String? {
        if case .text(let value) = self { value } else { nil }
    }
}
