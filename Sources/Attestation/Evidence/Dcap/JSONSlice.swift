/// Finds the members of a JSON object without taking it apart: a signature covers a value's bytes as they came.
///
/// The text is read once, from front to back, and nothing is nested in the reader, so that depth costs nothing.
struct JSONSlice {
    private let text: [UInt8]
    private var place = 0

    /// The bytes of every member's value, by name.
    ///
    /// - Parameter text: One JSON object.
    /// - Returns: Each value from its first byte to its last.
    /// - Throws: `dcap.collateral-malformed` where the text is no object or names a member twice.
    static func members(of text: [UInt8]) throws(AttestationError) -> [String: [UInt8]] {
        var slice = JSONSlice(text: text)
        guard let members = slice.object() else {
            throw AttestationError(
                DcapCheck.collateralMalformed,
                subject: "collateral",
                expected: "a JSON object whose members have names of their own",
                found: "\(text.count) bytes of something else, from byte \(slice.place)"
            )
        }
        return members
    }

    private init(text: [UInt8]) {
        self.text = text
    }

    private mutating func object() -> [String: [UInt8]]? {
        var members: [String: [UInt8]] = [:]
        guard take(UInt8(ascii: "{")) else { return nil }
        if take(UInt8(ascii: "}")) { return atEnd ? members : nil }
        while true {
            skipSpace()
            let nameStart = place
            guard skipString() else { return nil }
            let name = String(decoding: text[nameStart + 1..<place - 1], as: UTF8.self)
            guard take(UInt8(ascii: ":")) else { return nil }
            skipSpace()
            let start = place
            guard skipValue(), members.updateValue(Array(text[start..<place]), forKey: name) == nil else { return nil }
            if take(UInt8(ascii: ",")) { continue }
            return take(UInt8(ascii: "}")) && atEnd ? members : nil
        }
    }

    private var atEnd: Bool {
        text[place...].allSatisfy(Self.isSpace)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D
    }

    private mutating func skipSpace() {
        while place < text.count, Self.isSpace(text[place]) { place += 1 }
    }

    /// Passes one character after any space; false where another stands there.
    private mutating func take(_ character: UInt8) -> Bool {
        skipSpace()
        guard place < text.count, text[place] == character else { return false }
        place += 1
        return true
    }

    private mutating func skipString() -> Bool {
        guard place < text.count, text[place] == UInt8(ascii: "\"") else { return false }
        place += 1
        while place < text.count {
            switch text[place] {
            case UInt8(ascii: "\\"): place += 2
            case UInt8(ascii: "\""):
                place += 1
                return true
            default: place += 1
            }
        }
        return false
    }

    /// Passes one value: a string, all that lies between brackets, or a bare word.
    private mutating func skipValue() -> Bool {
        var depth = 0
        let start = place
        while place < text.count {
            switch text[place] {
            case UInt8(ascii: "\""):
                guard skipString() else { return false }
                if depth == 0 { return true }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                place += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return place > start }
                depth -= 1
                place += 1
                if depth == 0 { return true }
            case UInt8(ascii: ",") where depth == 0: return place > start
            default: place += 1
            }
        }
        return false
    }
}
