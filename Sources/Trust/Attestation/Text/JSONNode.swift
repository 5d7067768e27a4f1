import Diagnostics
import FoundationEssentials

/// One value of a JSON text.
struct JSONNode: Sendable {
    let text: JSONText
    let index: Int

    private var token: JSONText.Token { text.tokens[index] }

    /// What it is.
    var kind: JSONText.Kind { token.kind }

    /// Its bytes as they stand in the text, from the first to the last: what a signature covers.
    var bytes: [UInt8] { Array(text.bytes[Int(token.start)..<Int(token.end)]) }

    private var content: ArraySlice<UInt8> { text.bytes[Int(token.start) + 1..<Int(token.end) - 1] }

    /// A string's text in UTF-8; nil for what is no string, and for a string that is no Unicode.
    var utf8: [UInt8]? {
        switch kind {
        case .plainString: Array(content)
        case .string: JSONString.decoded(content)
        default: nil
        }
    }

    /// A string's text.
    var string: String? { utf8.map { String(decoding: $0, as: UTF8.self) } }

    /// A whole number that is written as one.
    func integer<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        guard kind == .number else { return nil }
        let content = text.bytes[Int(token.start)..<Int(token.end)]
        var number: Number = 0
        for byte in content {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (shifted, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = shifted.addingReportingOverflow(Number(byte - UInt8(ascii: "0")))
            if isTooLarge || overflows { return nil }
            number = sum
        }
        return number
    }

    /// What an array holds, in order; nil for what is none.
    var elements: [JSONNode]? {
        guard kind == .array else { return nil }
        var elements: [JSONNode] = []
        var place = index + 1
        while place < Int(token.next) {
            elements.append(JSONNode(text: text, index: place))
            place = Int(text.tokens[place].next)
        }
        return elements
    }

    /// A member of an object; nil where it has none of that name, and for what is no object.
    subscript(name: String) -> JSONNode? {
        guard kind == .object else { return nil }
        let end = Int(token.next)
        var place = index + 1
        while place < end {
            if JSONNode(text: text, index: place).isName(name) { return JSONNode(text: text, index: place + 1) }
            place = Int(text.tokens[place + 1].next)
        }
        return nil
    }

    /// The members of an object by their names, in order; nil for what is none.
    var members: [(name: String, value: JSONNode)]? {
        guard kind == .object else { return nil }
        var members: [(name: String, value: JSONNode)] = []
        var place = index + 1
        while place < Int(token.next) {
            guard let name = JSONNode(text: text, index: place).string else { return nil }
            members.append((name, JSONNode(text: text, index: place + 1)))
            place = Int(text.tokens[place + 1].next)
        }
        return members
    }

    private func isName(_ name: String) -> Bool {
        if kind == .plainString {
            let count = Int(token.end - token.start) - 2
            return count == name.utf8.count && content.elementsEqual(name.utf8)
        }
        return string == name
    }
}

/// Members that a document must have, each of its form; what is missing or of another form is named by its path.
extension JSONNode {
    /// A member that must be there.
    func required(_ name: String) throws(JSONText.Failure) -> JSONNode {
        guard let node = self[name] else { throw JSONText.Failure(place: name, expected: "a value") }
        return node
    }

    /// A member that is a string.
    func text(_ name: String) throws(JSONText.Failure) -> String {
        guard let text = try required(name).string else { throw JSONText.Failure(place: name, expected: "a string") }
        return text
    }

    /// A member that is a whole number and not negative.
    func number<Number: FixedWidthInteger>(_ name: String) throws(JSONText.Failure) -> Number {
        guard let number = try required(name).integer(Number.self) else {
            throw JSONText.Failure(place: name, expected: "a whole number from 0 to \(Number.max)")
        }
        return number
    }

    /// A member that is a time in UTC to the second.
    func date(_ name: String) throws(JSONText.Failure) -> Date {
        guard let date = try required(name).utf8.flatMap(Date.init(utcText:)) else {
            throw JSONText.Failure(place: name, expected: "a time such as 2025-07-01T00:00:00Z")
        }
        return date
    }

    /// A member that is bytes of a fixed number, written as digits.
    func hexadecimal(_ name: String, _ count: Int) throws(JSONText.Failure) -> [UInt8] {
        guard let digits = try required(name).utf8, let bytes = Hexadecimal.bytes(ascii: digits), bytes.count == count
        else { throw JSONText.Failure(place: name, expected: "\(count) bytes in hexadecimal") }
        return bytes
    }

    /// What an array holds, each read; a failure tells which one.
    func list<Element>(
        _ name: String,
        _ read: (JSONNode) throws(JSONText.Failure) -> Element
    ) throws(JSONText.Failure) -> [Element] {
        guard let nodes = try required(name).elements else {
            throw JSONText.Failure(place: name, expected: "an array")
        }
        var elements: [Element] = []
        elements.reserveCapacity(nodes.count)
        for (index, node) in nodes.enumerated() {
            do throws(JSONText.Failure) {
                elements.append(try read(node))
            } catch {
                throw JSONText.Failure(place: "\(name).\(index).\(error.place)", expected: error.expected)
            }
        }
        return elements
    }

    /// The same of an array that there may be; without it, nothing.
    func optionalList<Element>(
        _ name: String,
        _ read: (JSONNode) throws(JSONText.Failure) -> Element
    ) throws(JSONText.Failure) -> [Element] {
        guard let node = self[name], node.kind != .null else { return [] }
        return try list(name, read)
    }
}
