/// A JSON text (RFC 8259) taken apart once: where each value begins and ends, and nothing copied.
///
/// Stricter than the grammar where a reader could otherwise be led astray: an object names a member once, however the
/// name is spelled, and nesting is bounded.
struct JSONText: Sendable {
    /// More would be no vendor's document.
    static let maximumDepth = 64

    /// What a value is.
    enum Kind: UInt8, Sendable {
        case object, array, number, boolean, null
        /// A string of ASCII without escapes: its bytes are its text.
        case plainString
        /// A string whose text takes decoding.
        case string
    }

    /// One value; an object's names are values too, each before what it names.
    struct Token: Sendable {
        let kind: Kind
        /// The place of the first byte, in a string that of the quotation mark.
        let start: Int32
        /// The place behind the last byte.
        var end: Int32
        /// The index of the first token behind this one and all that it holds.
        var next: Int32
    }

    /// Why a text is no JSON that is read here.
    struct Failure: Error, Equatable {
        /// Where: a byte's place, or a member's path.
        let place: String
        /// What should stand there.
        let expected: String
    }

    /// The text.
    let bytes: [UInt8]
    /// Its values, the outermost first.
    let tokens: [Token]

    /// Takes a text apart.
    ///
    /// - Parameter bytes: The text, of less than 2 GiB.
    /// - Throws: The first byte that is not what it must be.
    init(_ bytes: [UInt8]) throws(Failure) {
        guard bytes.count < Int(Int32.max) else { throw Failure(place: "byte 0", expected: "less than 2 GiB") }
        var scanner = JSONScanner(bytes)
        try scanner.scan()
        self.bytes = bytes
        tokens = scanner.tokens
    }

    /// The outermost value.
    var root: JSONNode { JSONNode(text: self, index: 0) }
}
