/// A value of a JSON document, with its place in the text.
package struct JSONNode: Equatable, Sendable {
    /// What a value is.
    package indirect enum Value: Equatable, Sendable {
        case null
        case boolean(Bool)
        /// A number without fraction and exponent.
        case integer(Int)
        /// Any other number, as it was written.
        case number(String)
        case string(String)
        case array([JSONNode])
        /// Members in the order of the text; no name stands twice.
        case object([Member])
    }

    /// A name with its value.
    package struct Member: Equatable, Sendable {
        package let name: String
        /// Where the name stands.
        package let place: SourceLocation
        package let value: JSONNode
    }

    package let value: Value
    package let place: SourceLocation

    /// What the value is, for messages.
    package var kind: String {
        switch value {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let text): text
        case .string(let text): "\"\(text.count > 80 ? text.prefix(80) + "…" : text[...])\""
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// A member of an object by its name.
    package subscript(name: String) -> JSONNode? {
        guard case .object(let members) = value else { return nil }
        return members.first { $0.name == name }?.value
    }
}

/// A line and a column, each from 1; the column counts bytes.
package struct SourceLocation: Equatable, Sendable, CustomStringConvertible {
    package let line: Int
    package let column: Int

    package var description: String { "\(line):\(column)" }
}
