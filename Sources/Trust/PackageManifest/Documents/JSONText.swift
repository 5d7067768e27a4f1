/// Reads JSON (RFC 8259) strictly, or with comments, and refuses a name that stands twice.
///
/// The work is linear in the text, and nesting is bounded, so a hostile text costs no more than its length.
package struct JSONText {
    /// Where and why a text is no JSON.
    package struct Failure: Error, Equatable {
        package let place: SourceLocation
        package let expected: String
        package let found: String
    }

    /// The deepest nesting that is followed.
    package static let maximumDepth = 32

    private let bytes: [UInt8]
    private let takesComments: Bool
    private var position = 0
    private var line = 1
    private var lineStart = 0

    /// Reads a whole document.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - takesComments: Whether `//` and `/* */` count as blanks, as in Mystikos's configuration.
    /// - Returns: The document's one value.
    /// - Throws: `Failure` with the place.
    package static func parse(_ bytes: [UInt8], takesComments: Bool = false) throws(Failure) -> JSONNode {
        var text = JSONText(bytes: bytes, takesComments: takesComments)
        guard String(validating: bytes, as: UTF8.self) != nil else { throw text.failure("UTF-8", "other bytes") }
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { text.position = 3 }
        let node = try text.value(depth: 0)
        try text.skipBlanks()
        guard text.position == bytes.count else { throw text.failure("the end of the document", text.next) }
        return node
    }

    private init(bytes: [UInt8], takesComments: Bool) {
        self.bytes = bytes
        self.takesComments = takesComments
    }

    private var place: SourceLocation { SourceLocation(line: line, column: position - lineStart + 1) }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// What stands here, for messages.
    private var next: String {
        guard let byte else { return "the end of the text" }
        return byte > 0x20 && byte < 0x7f ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
    }

    private func failure(_ expected: String, _ found: String) -> Failure {
        Failure(place: place, expected: expected, found: found)
    }

    // MARK: blanks

    private mutating func skipBlanks() throws(Failure) {
        while let byte {
            switch byte {
            case UInt8(ascii: "\n"):
                position += 1
                line += 1
                lineStart = position
            case 0x20, 0x09, 0x0d: position += 1
            case UInt8(ascii: "/") where takesComments: try skipComment()
            default: return
            }
        }
    }

    private mutating func skipComment() throws(Failure) {
        let start = place
        let second = position + 1 < bytes.count ? bytes[position + 1] : 0
        guard second == UInt8(ascii: "/") || second == UInt8(ascii: "*") else { throw failure("a value", next) }
        position += 2
        if second == UInt8(ascii: "/") {
            while let byte, byte != UInt8(ascii: "\n") { position += 1 }
            return
        }
        while let byte {
            position += 1
            if byte == UInt8(ascii: "\n") {
                line += 1
                lineStart = position
            } else if byte == UInt8(ascii: "*"), self.byte == UInt8(ascii: "/") {
                position += 1
                return
            }
        }
        throw Failure(place: start, expected: "a comment that ends", found: "the end of the text")
    }

    // MARK: values

    private mutating func value(depth: Int) throws(Failure) -> JSONNode {
        guard depth <= Self.maximumDepth else { throw failure("at most \(Self.maximumDepth) levels", "more") }
        try skipBlanks()
        let place = place
        let value: JSONNode.Value
        switch byte {
        case UInt8(ascii: "{"): value = .object(try members(depth: depth))
        case UInt8(ascii: "["): value = .array(try elements(depth: depth))
        case UInt8(ascii: "\""): value = .string(try string())
        case UInt8(ascii: "t"): value = try word("true", .boolean(true))
        case UInt8(ascii: "f"): value = try word("false", .boolean(false))
        case UInt8(ascii: "n"): value = try word("null", .null)
        case UInt8(ascii: "-")?, (UInt8(ascii: "0")...UInt8(ascii: "9"))?: value = try number()
        default: throw failure("a value", next)
        }
        return JSONNode(value: value, place: place)
    }

    private mutating func word(_ word: String, _ value: JSONNode.Value) throws(Failure) -> JSONNode.Value {
        guard bytes[position...].starts(with: word.utf8) else { throw failure("a value", next) }
        position += word.utf8.count
        return value
    }

    private mutating func members(depth: Int) throws(Failure) -> [JSONNode.Member] {
        var members: [JSONNode.Member] = []
        var names: Set<String> = []
        position += 1
        try skipBlanks()
        if take("}") { return members }
        repeat {
            try skipBlanks()
            let place = place
            guard byte == UInt8(ascii: "\"") else { throw failure("a name in double quotes", next) }
            let name = try string()
            guard names.insert(name).inserted else {
                throw Failure(place: place, expected: "each name once", found: "\"\(name)\" again")
            }
            try skipBlanks()
            guard take(":") else { throw failure("':'", next) }
            members.append(JSONNode.Member(name: name, place: place, value: try value(depth: depth + 1)))
            try skipBlanks()
        } while take(",")
        guard take("}") else { throw failure("',' or '}'", next) }
        return members
    }

    private mutating func elements(depth: Int) throws(Failure) -> [JSONNode] {
        var elements: [JSONNode] = []
        position += 1
        try skipBlanks()
        if take("]") { return elements }
        repeat {
            elements.append(try value(depth: depth + 1))
            try skipBlanks()
        } while take(",")
        guard take("]") else { throw failure("',' or ']'", next) }
        return elements
    }

    private mutating func take(_ scalar: UnicodeScalar) -> Bool {
        guard byte == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    private mutating func number() throws(Failure) -> JSONNode.Value {
        let start = position
        let place = place
        _ = take("-")
        let first = position
        let digits = takeDigits()
        guard digits > 0, digits == 1 || bytes[first] != UInt8(ascii: "0") else {
            throw Failure(place: place, expected: "a number", found: "digits that are none")
        }
        var isInteger = true
        if take(".") {
            isInteger = false
            guard takeDigits() > 0 else { throw failure("a digit", next) }
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            guard takeDigits() > 0 else { throw failure("a digit", next) }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        return isInteger ? Int(text).map { .integer($0) } ?? .number(text) : .number(text)
    }

    private mutating func takeDigits() -> Int {
        let start = position
        while let byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position - start
    }
}

// MARK: - strings

extension JSONText {
    private mutating func string() throws(Failure) -> String {
        let start = place
        position += 1
        var content: [UInt8] = []
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &content)
            case ..<0x20: throw failure("no control character in a string", next)
            default:
                content.append(byte)
                position += 1
            }
        }
        throw Failure(place: start, expected: "a string that ends", found: "the end of the text")
    }

    private mutating func escape(into content: inout [UInt8]) throws(Failure) {
        position += 1
        let plain: [UInt8: UInt8] = [
            UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5c, UInt8(ascii: "/"): 0x2f, UInt8(ascii: "b"): 0x08,
            UInt8(ascii: "f"): 0x0c, UInt8(ascii: "n"): 0x0a, UInt8(ascii: "r"): 0x0d, UInt8(ascii: "t"): 0x09,
        ]
        guard let byte else { throw failure("what is escaped", next) }
        if let value = plain[byte] {
            content.append(value)
            position += 1
            return
        }
        guard byte == UInt8(ascii: "u") else { throw failure("one of \"\\/bfnrtu", next) }
        var value = try codeUnit()
        if (0xd800..<0xdc00).contains(value) {
            guard byte == UInt8(ascii: "u"), self.byte == UInt8(ascii: "\\") else {
                throw failure("the second half of a pair of surrogates", next)
            }
            position += 1
            guard self.byte == UInt8(ascii: "u") else { throw failure("'u'", next) }
            let low = try codeUnit()
            guard (0xdc00..<0xe000).contains(low) else { throw failure("a low surrogate", "another") }
            value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
        }
        guard value != 0, let scalar = UnicodeScalar(value) else {
            throw failure("a character other than NUL", "\\u\(String(value, radix: 16))")
        }
        content.append(contentsOf: String(Character(scalar)).utf8)
    }

    private mutating func codeUnit() throws(Failure) -> UInt32 {
        position += 1
        guard position + 4 <= bytes.count,
            bytes[position..<position + 4].allSatisfy({ Character(UnicodeScalar($0)).isHexDigit && $0 < 0x80 }),
            let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw failure("four hexadecimal digits", next) }
        position += 4
        return value
    }
}
