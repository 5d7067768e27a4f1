/// What stands between a JSON string's quotation marks, as text.
enum JSONString {
    /// Decodes escapes.
    ///
    /// - Parameter content: What stands between the marks.
    /// - Returns: UTF-8; nil for an unknown escape, half of a surrogate pair, and what is no UTF-8.
    static func decoded(_ content: ArraySlice<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(content.count)
        var rest = content
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                decoded.append(byte)
                continue
            }
            guard let escape = rest.popFirst() else { return nil }
            if escape == UInt8(ascii: "u") {
                guard let scalar = scalar(&rest) else { return nil }
                decoded += Array(String(Character(scalar)).utf8)
            } else {
                guard let plain = plain(escape) else { return nil }
                decoded.append(plain)
            }
        }
        return String(validating: decoded, as: UTF8.self) == nil ? nil : decoded
    }

    /// The same as a string.
    static func text(_ content: ArraySlice<UInt8>) -> String? {
        decoded(content).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func plain(_ escape: UInt8) -> UInt8? {
        switch escape {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): escape
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    /// A character behind `\u`, which may take a second such escape.
    private static func scalar(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
        guard let first = unit(&rest) else { return nil }
        guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
        guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u"), let second = unit(&rest),
            (0xDC00..<0xE000).contains(second)
        else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private static func unit(_ rest: inout ArraySlice<UInt8>) -> UInt32? {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = rest.popFirst(), let value = Character(Unicode.Scalar(digit)).hexDigitValue else {
                return nil
            }
            unit = unit << 4 | UInt32(value)
        }
        return unit
    }
}
