/// Goes through a JSON text from front to back, byte by byte, and notes where its values are.
struct JSONScanner {
    let bytes: [UInt8]
    private let rules: JSONText.Rules
    var offset = 0
    private(set) var tokens: [JSONText.Token] = []

    init(_ bytes: [UInt8], _ rules: JSONText.Rules) {
        self.bytes = bytes
        self.rules = rules
    }

    /// Notes the one value that the text must be.
    mutating func scan() throws(JSONError) {
        guard bytes.count <= rules.maximumByteCount else {
            throw failure(.size, "at most \(rules.maximumByteCount) bytes", "\(bytes.count)", at: 0)
        }
        try checkEncoding()
        tokens.reserveCapacity(bytes.count / 8 + 1)
        try skipBlanks()
        try value(depth: 1)
        try skipBlanks()
        guard offset == bytes.count else { throw failure(.trailingBytes, "the end of the document") }
    }

    private func checkEncoding() throws(JSONError) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw failure(.byteOrderMark, "no byte order mark", "one", at: 0)
        }
        let start = bytes.prefix(2)
        if start.contains(0) || start == [0xFE, 0xFF] || start == [0xFF, 0xFE] {
            throw failure(.encoding, "UTF-8", "UTF-16 or UTF-32", at: 0)
        }
        do throws(Unicode.UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw failure(.encoding, "UTF-8", "other bytes", at: error.byteOffsets.lowerBound)
        }
    }

    var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        offset += 1
        return true
    }

    mutating func add(_ kind: JSONText.Kind, from start: Int) {
        let next = Int32(truncatingIfNeeded: tokens.count + 1)
        let (start, end) = (Int32(truncatingIfNeeded: start), Int32(truncatingIfNeeded: offset))
        tokens.append(JSONText.Token(kind: kind, start: start, end: end, next: next))
    }

    private mutating func close(_ index: Int) {
        tokens[index].end = Int32(truncatingIfNeeded: offset)
        tokens[index].next = Int32(truncatingIfNeeded: tokens.count)
    }

    private mutating func value(depth: Int) throws(JSONError) {
        guard depth <= rules.maximumDepth else { throw failure(.depth, "at most \(rules.maximumDepth) levels", "more") }
        switch current {
        case UInt8(ascii: "{"): try object(depth: depth)
        case UInt8(ascii: "["): try array(depth: depth)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true", .boolean)
        case UInt8(ascii: "f"): try word("false", .boolean)
        case UInt8(ascii: "n"): try word("null", .null)
        default: try number()
        }
    }

    private mutating func word(_ word: StaticString, _ kind: JSONText.Kind) throws(JSONError) {
        let start = offset
        guard start + word.utf8CodeUnitCount <= bytes.count,
            bytes[start..<start + word.utf8CodeUnitCount].elementsEqual("\(word)".utf8)
        else { throw failure(.syntax, "a value") }
        offset += word.utf8CodeUnitCount
        add(kind, from: start)
    }

    private mutating func array(depth: Int) throws(JSONError) {
        let index = tokens.count
        add(.array, from: offset)
        offset += 1
        try skipBlanks()
        if !take(UInt8(ascii: "]")) {
            repeat {
                try skipBlanks()
                try value(depth: depth + 1)
                try skipBlanks()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else { throw failure(.syntax, "',' or ']'") }
        }
        close(index)
    }

    private mutating func object(depth: Int) throws(JSONError) {
        let index = tokens.count
        add(.object, from: offset)
        offset += 1
        try skipBlanks()
        if !take(UInt8(ascii: "}")) {
            repeat {
                try skipBlanks()
                guard current == UInt8(ascii: "\"") else { throw failure(.syntax, "a name in double quotes") }
                try string()
                try skipBlanks()
                guard take(UInt8(ascii: ":")) else { throw failure(.syntax, "':'") }
                try skipBlanks()
                try value(depth: depth + 1)
                try skipBlanks()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw failure(.syntax, "',' or '}'") }
        }
        close(index)
        try refuseDuplicates(in: index)
    }
}

// MARK: - blanks

extension JSONScanner {
    private mutating func skipBlanks() throws(JSONError) {
        while let byte = current {
            switch byte {
            case 0x20, 0x0A, 0x0D, 0x09: offset += 1
            case UInt8(ascii: "/") where rules.takesComments: try skipComment()
            default: return
            }
        }
    }

    private mutating func skipComment() throws(JSONError) {
        let start = offset
        offset += 1
        if take(UInt8(ascii: "/")) {
            while let byte = current, byte != UInt8(ascii: "\n") { offset += 1 }
            return
        }
        guard take(UInt8(ascii: "*")) else { throw failure(.syntax, "a value", "'/'", at: start) }
        while current != nil {
            if take(UInt8(ascii: "*")), take(UInt8(ascii: "/")) { return }
            if current != UInt8(ascii: "*") { offset += 1 }
        }
        throw failure(.syntax, "a comment that ends", "the end of the text", at: start)
    }
}

// MARK: - failures

extension JSONScanner {
    /// A failure at the next byte.
    func failure(_ reason: JSONError.Reason, _ expected: String) -> JSONError {
        let rest = bytes[min(offset, bytes.count)...].prefix(2)
        if rest == [0x2F, 0x2F] || rest == [0x2F, 0x2A] {
            return failure(.comment, expected, "a comment", at: offset)
        }
        return failure(reason, expected, Self.name(rest.first), at: offset)
    }

    /// A failure at the next byte, with what is there.
    func failure(_ reason: JSONError.Reason, _ expected: String, _ found: String) -> JSONError {
        failure(reason, expected, found, at: offset)
    }

    /// A failure elsewhere.
    func failure(_ reason: JSONError.Reason, _ expected: String, _ found: String?, at offset: Int) -> JSONError {
        let location = SourceLocation(offset: offset, in: bytes)
        return JSONError(reason: reason, location: location, path: "", expected: expected, found: found)
    }

    private static func name(_ byte: UInt8?) -> String {
        guard let byte else { return "the end of the text" }
        return byte > 0x20 && byte < 0x7F ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
    }
}
