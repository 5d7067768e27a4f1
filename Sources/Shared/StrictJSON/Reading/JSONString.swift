/// What is between a JSON string's quotation marks, as text.
enum JSONString {
    /// Decodes escapes.
    ///
    /// - Parameter content: What is between the marks; a ``JSONScanner`` has checked it.
    /// - Returns: UTF-8.
    static func decoded(_ content: ArraySlice<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(content.count)
        var offset = content.startIndex
        while offset < content.endIndex {
            let byte = content[offset]
            offset += 1
            guard byte == UInt8(ascii: "\\"), offset < content.endIndex else {
                decoded.append(byte)
                continue
            }
            let escape = content[offset]
            offset += 1
            if escape == UInt8(ascii: "u") {
                decoded += String(Character(scalar(content, &offset))).utf8
            } else {
                decoded.append(plain(escape))
            }
        }
        return decoded
    }

    /// The same as a string.
    static func text(_ content: ArraySlice<UInt8>) -> String { String(decoding: decoded(content), as: UTF8.self) }

    /// The value of a hexadecimal digit.
    static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    private static func plain(_ escape: UInt8) -> UInt8 {
        switch escape {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: escape
        }
    }

    /// The character behind `\u`, which may take a second such escape.
    private static func scalar(_ content: ArraySlice<UInt8>, _ offset: inout Int) -> Unicode.Scalar {
        var value = unit(content, &offset)
        if (0xD800..<0xDC00).contains(value) {
            offset += 2
            let low = unit(content, &offset)
            value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
        }
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }

    private static func unit(_ content: ArraySlice<UInt8>, _ offset: inout Int) -> UInt32 {
        let digits = content[min(offset, content.endIndex)...].prefix(4)
        offset += 4
        return digits.reduce(0) { $0 << 4 | (digit($1) ?? 0) }
    }
}
