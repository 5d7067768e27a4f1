/// A pull parser for JSON (RFC 8259): a position in a document, from which values are read one after the other.
///
/// It builds no tree: the caller requests the value that has to come next. A hostile document costs one pass over its
/// bytes, and no more memory than the requested values. The document is passed to each call, and not retained.
package struct JSONReader {
    /// The largest depth of nested arrays and objects.
    static let maximumDepth = 32

    /// The position in bytes.
    package private(set) var offset = 0
    private var depth = 0

    package init() {}

    /// The first byte of the next token; nil at the end of the document.
    mutating func peek(_ text: Span<UInt8>) -> UInt8? {
        while offset < text.count {
            switch text[offset] {
            case 0x20, 0x09, 0x0a, 0x0d: offset += 1
            case let byte: return byte
            }
        }
        return nil
    }

    /// Skips a character if it comes next.
    ///
    /// - Returns: Whether it did.
    mutating func pass(_ sign: UInt8, _ text: Span<UInt8>) -> Bool {
        guard peek(text) == sign else { return false }
        offset += 1
        return true
    }

    /// Fails if anything but white space is left.
    package mutating func finish(_ text: Span<UInt8>) throws(OpenInferenceError) {
        guard peek(text) == nil else { throw malformed("nothing behind the document") }
    }

    /// Enters an object or an array, by its opening bracket.
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

    /// Moves to the next element of the current array, and returns whether there is one.
    ///
    /// After the last one the array is left. `isFirst` is whether no element was read yet; it is false afterwards.
    mutating func nextElement(_ isFirst: inout Bool, _ text: Span<UInt8>) throws(OpenInferenceError) -> Bool {
        try next(closing: UInt8(ascii: "]"), &isFirst, text)
    }

    /// Moves to the next member of the current object, and reads its key; nil after the last one.
    ///
    /// After the last one the object is left. `isFirst` is whether no member was read yet; it is false afterwards.
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
        // A value has to follow a comma.
        if !isFirst, peek(text) == closing { throw malformed("a value behind the comma") }
        isFirst = false
        return true
    }

    /// Skips `null` if it comes next.
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

    /// Skips a value of any type.
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

    /// Moves to a position.
    mutating func advance(to place: Int) {
        offset = place
    }

    /// The error for a missing token here.
    func malformed(_ expected: String) -> OpenInferenceError {
        OpenInferenceError(.jsonMalformed, subject: "byte \(offset)", expected: expected)
    }
}
