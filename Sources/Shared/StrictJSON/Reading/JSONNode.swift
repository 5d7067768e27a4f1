/// One value of a JSON text.
package struct JSONNode: Sendable {
    let text: JSONText
    let index: Int

    private var token: JSONText.Token { text.tokens[index] }

    /// What it is.
    package var kind: JSONText.Kind { token.kind }

    /// Where it begins: one pass over what precedes it.
    package var location: SourceLocation { SourceLocation(offset: Int(token.start), in: text.bytes) }

    var written: ArraySlice<UInt8> { text.bytes[Int(token.start)..<Int(token.end)] }

    /// Its bytes as they are in the text, from the first to the last: what a signature covers.
    package var bytes: [UInt8] { Array(written) }

    var content: ArraySlice<UInt8> { text.bytes[Int(token.start) + 1..<Int(token.end) - 1] }

    /// Whether it is `null`.
    package var isNull: Bool { kind == .null }

    /// A string's text in UTF-8; nil for another value.
    package var utf8: [UInt8]? {
        switch kind {
        case .plainString: Array(content)
        case .string: JSONString.decoded(content)
        default: nil
        }
    }

    /// A string's text; nil for another value.
    package var string: String? {
        switch kind {
        case .plainString: String(decoding: content, as: UTF8.self)
        case .string: JSONString.text(content)
        default: nil
        }
    }

    /// True or false; nil for another value.
    package var boolean: Bool? { kind == .boolean ? text.bytes[Int(token.start)] == UInt8(ascii: "t") : nil }

    /// A number without fraction and exponent; nil for another value, and where the type does not hold it.
    package func integer<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        guard kind == .integer else { return nil }
        var digits = written
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        var number: Number = 0
        for byte in digits {
            let digit = Number(truncatingIfNeeded: byte - UInt8(ascii: "0"))
            let (shifted, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflows) =
                isNegative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
            if isTooLarge || overflows { return nil }
            number = sum
        }
        return number
    }

    /// A number; nil for another value.
    package var double: Double? {
        guard kind == .integer || kind == .number else { return nil }
        return Double(String(decoding: written, as: UTF8.self))
    }

    /// The elements of an array, in order; nil for another value.
    package var elements: [JSONNode]? {
        guard kind == .array else { return nil }
        var elements: [JSONNode] = []
        var place = index + 1
        while place < Int(token.next) {
            elements.append(JSONNode(text: text, index: place))
            place = Int(text.tokens[place].next)
        }
        return elements
    }

    /// A member of an object, found by one pass over its names; nil where it has none of that name, and for another value.
    package subscript(name: String) -> JSONNode? {
        guard kind == .object else { return nil }
        let end = Int(token.next)
        var place = index + 1
        while place < end {
            if JSONNode(text: text, index: place).isName(name) { return JSONNode(text: text, index: place + 1) }
            place = Int(text.tokens[place + 1].next)
        }
        return nil
    }

    private func isName(_ name: String) -> Bool {
        if kind == .plainString {
            let count = Int(token.end - token.start) - 2
            return count == name.utf8.count && content.elementsEqual(name.utf8)
        }
        return string == name
    }

    /// A name of an object, with its value.
    package struct Member: Sendable {
        /// The name.
        package let name: String
        private let key: JSONNode
        /// The value.
        package var value: JSONNode { JSONNode(text: key.text, index: key.index + 1) }
        /// Where the name begins.
        package var location: SourceLocation { key.location }

        init(_ key: JSONNode) {
            name = key.string ?? ""
            self.key = key
        }
    }

    /// The members of an object, in order; nil for another value.
    package var members: [Member]? {
        guard kind == .object else { return nil }
        var members: [Member] = []
        var place = index + 1
        while place < Int(token.next) {
            members.append(Member(JSONNode(text: text, index: place)))
            place = Int(text.tokens[place + 1].next)
        }
        return members
    }

    /// What the value is, for messages; a long string is cut.
    package var summary: String {
        switch kind {
        case .null, .boolean: String(decoding: written, as: UTF8.self)
        case .integer, .number: String(decoding: written.prefix(40), as: UTF8.self)
        case .plainString, .string:
            string.map { "\"\($0.count > 80 ? $0.prefix(80) + "..." : $0[...])\"" } ?? "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
