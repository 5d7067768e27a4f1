/// A place in a JSON document (RFC 8259), from which values are read one after the other.
///
/// It makes no tree: whoever reads asks for what has to come next. A hostile document costs one pass over its bytes, and
/// no more memory than the values that are asked for. The document is handed to each call, so nothing of it is kept.
package struct JSONReader {
    /// How deep arrays and objects may lie in each other.
    static let maximumDepth = 32

    /// How many bytes were read.
    package private(set) var offset = 0
    private var depth = 0

    package init() {}

    /// The first byte of the next value or sign; nil at the document's end.
    mutating func peek(_ text: Span<UInt8>) -> UInt8? {
        while offset < text.count {
            switch text[offset] {
            case 0x20, 0x09, 0x0a, 0x0d: offset += 1
            case let byte: return byte
            }
        }
        return nil
    }

    /// Passes a sign where it comes next.
    ///
    /// - Returns: Whether it did.
    mutating func pass(_ sign: UInt8, _ text: Span<UInt8>) -> Bool {
        guard peek(text) == sign else { return false }
        offset += 1
        return true
    }

    /// Fails unless nothing but white space is left.
    package mutating func finish(_ text: Span<UInt8>) throws(OpenInferenceError) {
        guard peek(text) == nil else { throw malformed("nothing behind the document") }
    }

    /// Enters an object or an array, as the opening sign says.
    mutating func enter(_ opening: UInt8, _ text: Span<UInt8>) throws(OpenInferenceError) {
        guard pass(opening, text) else { throw malformed(opening == 0x7b ? "an object" : "an array") }
        depth += 1
        guard depth <= Self.maximumDepth else {
            throw OpenInferenceError(
                .jsonTooDeep,
                subject: "byte \(offset)",
                expected: "at most \(Self.maximumDepth) levels"
            )
        }
    }

    /// Goes to the next element of the array that was entered, and says whether there is one.
    ///
    /// Behind the last one the array is left. `isFirst` says whether none was read yet; it is false afterwards.
    mutating func nextElement(_ isFirst: inout Bool, _ text: Span<UInt8>) throws(OpenInferenceError) -> Bool {
        try next(closing: UInt8(ascii: "]"), &isFirst, text)
    }

    /// Goes to the next member of the object that was entered, and reads its key; nil behind the last one.
    ///
    /// Behind the last one the object is left. `isFirst` says whether none was read yet; it is false afterwards.
    mutating func nextKey(_ isFirst: inout Bool, _ text: Span<UInt8>) throws(OpenInferenceError) -> String? {
        guard try next(closing: UInt8(ascii: "}"), &isFirst, text) else { return nil }
        let key = try string(text)
        guard pass(UInt8(ascii: ":"), text) else { throw malformed("a colon behind a key") }
        return key
    }

    private mutating func next(
        closing: UInt8,
        _ isFirst: inout Bool,
        _ text: Span<UInt8>
    ) throws(OpenInferenceError) -> Bool {
        if pass(closing, text) {
            depth -= 1
            return false
        }
        if !isFirst, !pass(UInt8(ascii: ","), text) { throw malformed("a comma or an end") }
        // A comma has something behind it.
        if !isFirst, peek(text) == closing { throw malformed("a value behind the comma") }
        isFirst = false
        return true
    }

    /// Passes `null` where it comes next.
    mutating func passNull(_ text: Span<UInt8>) throws(OpenInferenceError) -> Bool {
        guard peek(text) == UInt8(ascii: "n") else { return false }
        try word("null", text)
        return true
    }

    /// Reads `true` or `false`.
    mutating func bool(_ text: Span<UInt8>) throws(OpenInferenceError) -> Bool {
        switch peek(text) {
        case UInt8(ascii: "t"):
            try word("true", text)
            return true
        case UInt8(ascii: "f"):
            try word("false", text)
            return false
        default: throw malformed("true or false")
        }
    }

    private mutating func word(_ word: StaticString, _ text: Span<UInt8>) throws(OpenInferenceError) {
        let letters = word.description.utf8
        for letter in letters {
            guard offset < text.count, text[offset] == letter else { throw malformed("a JSON value") }
            offset += 1
        }
    }

    /// Passes a value of any kind.
    mutating func skip(_ text: Span<UInt8>) throws(OpenInferenceError) {
        switch peek(text) {
        case UInt8(ascii: "{"):
            try enter(UInt8(ascii: "{"), text)
            var isFirst = true
            while try nextKey(&isFirst, text) != nil { try skip(text) }
        case UInt8(ascii: "["):
            try enter(UInt8(ascii: "["), text)
            var isFirst = true
            while try nextElement(&isFirst, text) { try skip(text) }
        case UInt8(ascii: "\""): _ = try bytes(text)
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try bool(text)
        case UInt8(ascii: "n"): try word("null", text)
        default: _ = try number(text)
        }
    }

    /// Moves on by bytes that were looked at.
    mutating func advance(to place: Int) {
        offset = place
    }

    /// The failure to find something here.
    func malformed(_ expected: String) -> OpenInferenceError {
        OpenInferenceError(.jsonMalformed, subject: "byte \(offset)", expected: expected)
    }
}
