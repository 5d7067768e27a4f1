/// The value of a parameter of a request or a response: text, a number or a Boolean.
package enum ParameterValue: Sendable, Equatable {
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)

    /// The Boolean, if the value is one.
    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The whole number, if the value is one.
    package var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        case .bool, .text: nil
        }
    }

    /// The text, if the value is one.
    package var text: String? {
        if case .text(let value) = self { value } else { nil }
    }
}
