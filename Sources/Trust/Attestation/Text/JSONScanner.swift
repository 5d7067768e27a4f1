/// Goes through a JSON text from front to back, byte by byte, and notes where values lie.
struct JSONScanner {
    private let bytes: [UInt8]
    private var place = 0
    private(set) var tokens: [JSONText.Token] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        tokens.reserveCapacity(bytes.count / 8 + 1)
    }

    /// Notes the one value that the text must be.
    mutating func scan() throws(JSONText.Failure) {
        skipSpace()
        try value(depth: 0)
        skipSpace()
        guard place == bytes.count else { throw failure("the end") }
    }

    private func failure(_ expected: String) -> JSONText.Failure {
        JSONText.Failure(place: "byte \(place)", expected: expected)
    }

    private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        place += 1
        return true
    }

    private mutating func add(_ kind: JSONText.Kind, from start: Int) {
        let next = Int32(tokens.count + 1)
        tokens.append(JSONText.Token(kind: kind, start: Int32(start), end: Int32(place), next: next))
    }

    private mutating func close(_ index: Int) {
        tokens[index].end = Int32(place)
        tokens[index].next = Int32(tokens.count)
    }

    private mutating func value(depth: Int) throws(JSONText.Failure) {
        guard depth < JSONText.maximumDepth else { throw failure("at most \(JSONText.maximumDepth) levels") }
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

    private mutating func word(_ word: StaticString, _ kind: JSONText.Kind) throws(JSONText.Failure) {
        let start = place
        guard place + word.utf8CodeUnitCount <= bytes.count,
            bytes[place..<place + word.utf8CodeUnitCount].elementsEqual("\(word)".utf8)
        else { throw failure("a value") }
        place += word.utf8CodeUnitCount
        add(kind, from: start)
    }

    private mutating func array(depth: Int) throws(JSONText.Failure) {
        let index = tokens.count
        add(.array, from: place)
        place += 1
        skipSpace()
        if !take(UInt8(ascii: "]")) {
            while true {
                skipSpace()
                try value(depth: depth + 1)
                skipSpace()
                if take(UInt8(ascii: "]")) { break }
                guard take(UInt8(ascii: ",")) else { throw failure("',' or ']'") }
            }
        }
        close(index)
    }

    private mutating func object(depth: Int) throws(JSONText.Failure) {
        let index = tokens.count
        add(.object, from: place)
        place += 1
        skipSpace()
        if !take(UInt8(ascii: "}")) {
            while true {
                skipSpace()
                guard current == UInt8(ascii: "\"") else { throw failure("a member's name") }
                try string()
                skipSpace()
                guard take(UInt8(ascii: ":")) else { throw failure("':'") }
                skipSpace()
                try value(depth: depth + 1)
                skipSpace()
                if take(UInt8(ascii: "}")) { break }
                guard take(UInt8(ascii: ",")) else { throw failure("',' or '}'") }
            }
        }
        close(index)
        try refuseRepetition(in: index)
    }

    /// Two readers of one text must not each take another of two members for the one.
    private func refuseRepetition(in object: Int) throws(JSONText.Failure) {
        var names: [Int] = []
        var isPlain = true
        var index = object + 1
        while index < tokens.count {
            names.append(index)
            isPlain = isPlain && tokens[index].kind == .plainString
            index = Int(tokens[index + 1].next)
        }
        guard names.count > 1 else { return }
        if isPlain, names.count <= 16 {
            for (position, name) in names.enumerated() {
                for other in names[..<position] where isSame(tokens[name], tokens[other]) { throw repetition(name) }
            }
            return
        }
        // As text, since that is how whoever reads it compares.
        var seen: Set<String> = []
        for name in names {
            let token = tokens[name]
            guard let text = JSONString.text(bytes[Int(token.start) + 1..<Int(token.end) - 1]) else {
                throw JSONText.Failure(place: "byte \(token.start)", expected: "a name in Unicode")
            }
            guard seen.insert(text).inserted else { throw repetition(name) }
        }
    }

    private func isSame(_ left: JSONText.Token, _ right: JSONText.Token) -> Bool {
        left.end - left.start == right.end - right.start
            && bytes[Int(left.start)..<Int(left.end)] == bytes[Int(right.start)..<Int(right.end)]
    }

    private func repetition(_ name: Int) -> JSONText.Failure {
        let token = tokens[name]
        let text = String(decoding: bytes[Int(token.start)..<Int(token.end)].prefix(80), as: UTF8.self)
        return JSONText.Failure(place: "byte \(token.start)", expected: "\(text) once in its object")
    }

    private mutating func string() throws(JSONText.Failure) {
        let start = place
        place += 1
        var kind = JSONText.Kind.plainString
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                place += 1
                return add(kind, from: start)
            case UInt8(ascii: "\\"):
                kind = .string
                place += 2
            case 0..<0x20: throw failure("a string without control characters")
            case 0x80...:
                kind = .string
                place += 1
            default: place += 1
            }
        }
        throw failure("the end of a string")
    }

    private mutating func number() throws(JSONText.Failure) {
        let start = place
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        add(.number, from: start)
    }

    private mutating func digits() throws(JSONText.Failure) {
        let start = place
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { place += 1 }
        guard place > start else { throw failure("a value") }
    }
}
