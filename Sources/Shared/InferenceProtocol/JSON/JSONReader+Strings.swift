extension JSONReader {
    /// Reads a string.
    ///
    /// - Throws: `oip.json-malformed` also for bytes that are not UTF-8 and for half a surrogate pair.
    mutating func string(_ text: Span<UInt8>) throws(OpenInferenceError) -> String {
        guard let string = String(validating: try bytes(text), as: UTF8.self) else { throw malformed("UTF-8") }
        return string
    }

    /// Reads a string as bytes with escapes resolved; it is not checked to be UTF-8.
    mutating func bytes(_ text: Span<UInt8>) throws(OpenInferenceError) -> [UInt8] {
        guard pass(UInt8(ascii: "\""), text) else { throw malformed("a string") }
        var bytes: [UInt8] = []
        var place = offset
        while place < text.count {
            switch text[place] {
            case UInt8(ascii: "\""):
                advance(to: place + 1)
                return bytes
            case UInt8(ascii: "\\"):
                advance(to: place + 1)
                try appendEscape(to: &bytes, text)
                place = offset
            case 0..<0x20:
                advance(to: place)
                throw malformed("no control character in a string")
            case let byte:
                bytes.append(byte)
                place += 1
            }
        }
        advance(to: place)
        throw malformed("the string's end")
    }

    private mutating func appendEscape(to bytes: inout [UInt8], _ text: Span<UInt8>) throws(OpenInferenceError) {
        guard offset < text.count else { throw malformed("an escape") }
        let letter = text[offset]
        advance(to: offset + 1)
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(letter)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0c)
        case UInt8(ascii: "n"): bytes.append(0x0a)
        case UInt8(ascii: "r"): bytes.append(0x0d)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try scalar(text)
            bytes.append(contentsOf: String(Character(scalar)).utf8)
        default: throw malformed("an escape")
        }
    }

    /// Reads the digits of one scalar, which may be a surrogate pair (RFC 8259 §7).
    private mutating func scalar(_ text: Span<UInt8>) throws(OpenInferenceError) -> Unicode.Scalar {
        let first = try hexadecimal(text)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xd800..<0xdc00).contains(first), offset + 1 < text.count, text[offset] == UInt8(ascii: "\\"),
            text[offset + 1] == UInt8(ascii: "u")
        else { throw malformed("both halves of a surrogate pair") }
        advance(to: offset + 2)
        let second = try hexadecimal(text)
        guard (0xdc00..<0xe000).contains(second),
            let scalar = Unicode.Scalar(0x1_0000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw malformed("both halves of a surrogate pair") }
        return scalar
    }

    private mutating func hexadecimal(_ text: Span<UInt8>) throws(OpenInferenceError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard offset < text.count, let digit = Character(Unicode.Scalar(text[offset])).hexDigitValue,
                text[offset] < 0x80
            else { throw malformed("four hexadecimal digits") }
            value = value << 4 | UInt32(digit)
            advance(to: offset + 1)
        }
        return value
    }
}
