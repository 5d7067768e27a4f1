// MARK: - strings

extension JSONScanner {
    /// Notes a string after its escapes were checked; UTF-8 was before.
    mutating func string() throws(JSONError) {
        let start = offset
        offset += 1
        var kind = JSONText.Kind.plainString
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return add(kind, from: start)
            case UInt8(ascii: "\\"):
                kind = .string
                try escape()
            case 0..<0x20: throw failure(.syntax, "no control character in a string")
            case 0x80...:
                kind = .string
                offset += 1
            default: offset += 1
            }
        }
        throw failure(.syntax, "a string that ends", "the end of the text", at: start)
    }

    private mutating func escape() throws(JSONError) {
        let start = offset
        offset += 1
        switch current {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 1
        case UInt8(ascii: "u"):
            let unit = try codeUnit()
            if unit == 0 { throw failure(.value, "a character other than NUL", "\\u0000", at: start) }
            guard (0xD800..<0xE000).contains(unit) else { return }
            guard unit < 0xDC00, take(UInt8(ascii: "\\")), current == UInt8(ascii: "u"),
                (0xDC00..<0xE000).contains(try codeUnit())
            else { throw failure(.surrogate, "a pair of surrogates", "half of one", at: start) }
        default: throw failure(.syntax, "one of \"\\/bfnrtu behind a backslash")
        }
    }

    /// Reads `u` and four digits.
    private mutating func codeUnit() throws(JSONError) -> UInt32 {
        offset += 1
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = current.flatMap(JSONString.digit) else {
                throw failure(.syntax, "four hexadecimal digits")
            }
            unit = unit << 4 | digit
            offset += 1
        }
        return unit
    }
}

// MARK: - numbers

extension JSONScanner {
    /// A number of at most so many digits, without exponent, fits a `Double`.
    private static let surelyFiniteLength = 300

    mutating func number() throws(JSONError) {
        let start = offset
        var kind = JSONText.Kind.integer
        var hasExponent = false
        if take(UInt8(ascii: "-")) {
            if !take(UInt8(ascii: "0")) { try digits("a digit") }
        } else if !take(UInt8(ascii: "0")) {
            try digits("a value")
        }
        if take(UInt8(ascii: ".")) {
            kind = .number
            try digits("a digit")
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            kind = .number
            hasExponent = true
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits("a digit")
        }
        if hasExponent || offset - start > Self.surelyFiniteLength {
            guard let value = Double(String(decoding: bytes[start..<offset], as: UTF8.self)), value.isFinite else {
                throw failure(.range, "a number that fits 64 bits of IEEE 754", "a larger one", at: start)
            }
        }
        add(kind, from: start)
    }

    private mutating func digits(_ expected: String) throws(JSONError) {
        let start = offset
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
        guard offset > start else { throw failure(.syntax, expected) }
    }
}
