/// Encodes and decodes hexadecimal text.
package enum Hexadecimal {
    /// Encodes bytes as two lower-case digits each.
    package static func text(_ bytes: some Sequence<UInt8>) -> String { text(Array(bytes)) }

    /// Encodes an array of bytes; faster than the generic form, for documents with much hexadecimal text.
    package static func text(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * bytes.count)
        for byte in bytes {
            digits.append(digit(byte >> 4))
            digits.append(digit(byte & 15))
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// Decodes digits of either case; nil for other characters and for an odd number of digits.
    package static func bytes(_ text: some StringProtocol) -> [UInt8]? { bytes(ascii: Array(text.utf8)) }

    /// Decodes digits that are given as ASCII bytes.
    package static func bytes(ascii digits: [UInt8]) -> [UInt8]? {
        let count = digits.count
        guard count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count / 2)
        var upper: UInt8?
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            if let high = upper {
                bytes.append(high << 4 | value)
                upper = nil
            } else {
                upper = value
            }
        }
        return bytes
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
