/// Any JSON value, as a tree: what is kept of a document whose form is not ours, and what the canonical writer writes.
package enum JSONValue: Equatable, Sendable {
    case null
    case boolean(Bool)
    /// A number without fraction and exponent that 64 bits hold.
    case integer(Int)
    /// Any other number; it is finite.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The largest integer that every reader of JSON holds.
    package static let largestInteger = 1 << 53 - 1

    /// The value at a node, with all that it holds.
    package init(_ node: JSONNode) {
        switch node.kind {
        case .null: self = .null
        case .boolean: self = .boolean(node.boolean ?? false)
        case .integer, .number: self = node.integer(Int.self).map { .integer($0) } ?? .number(node.double ?? 0)
        case .plainString, .string: self = .string(node.string ?? "")
        case .array: self = .array(node.elements?.map { JSONValue($0) } ?? [])
        case .object:
            let members = node.members?.map { ($0.name, JSONValue($0.value)) } ?? []
            self = .object(Dictionary(members) { first, _ in first })
        }
    }
}

extension JSONValue: JSONReadable {
    static var jsonForm: String { "a value" }
}

extension JSONValue: Codable {
    /// Reads any value.
    ///
    /// - Parameter decoder: Of a ``JSONNode``; for that one nothing is tried, and it is not called.
    /// - Throws: `DecodingError` where another decoder holds what JSON lacks.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Writes the value.
    ///
    /// - Parameter encoder: Of JSON.
    /// - Throws: What the encoder throws.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    /// A string.
    package init(stringLiteral value: String) { self = .string(value) }

    /// An array.
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// An object; of two members of one name the first counts.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { first, _ in first })
    }
}
