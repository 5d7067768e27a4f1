/// A JSON text (RFC 8259) that was checked whole, with an index of its values; no value is copied.
///
/// Stricter than the grammar where two readers could understand one text differently. Refused are: another encoding than
/// UTF-8, a byte order mark, a name twice in one object however it is spelled, half a surrogate pair, the character NUL,
/// a number that no `Double` holds, nesting and size beyond ``Rules``, and anything behind the value. The cost is linear
/// in the text, whatever it holds.
package final class JSONText: Sendable {
    /// What a reader allows.
    package struct Rules: Sendable {
        /// The deepest nesting; a value that is no array or object is one level.
        package var maximumDepth = 64
        /// The largest text, in bytes; less than 2 GiB.
        package var maximumByteCount = 64 << 20
        /// Whether `//` and `/* */` count as blanks, as in Mystikos's configuration.
        package var takesComments = false

        /// The usual rules.
        package static let standard = Rules()
        /// The usual rules, with comments.
        package static let withComments = Rules(takesComments: true)

        /// Makes rules.
        package init(maximumDepth: Int = 64, maximumByteCount: Int = 64 << 20, takesComments: Bool = false) {
            self.maximumDepth = maximumDepth
            self.maximumByteCount = min(maximumByteCount, Int(Int32.max) - 1)
            self.takesComments = takesComments
        }
    }

    /// What a value is.
    package enum Kind: UInt8, Sendable {
        case object, array, boolean, null
        /// A number without fraction and exponent.
        case integer
        /// Any other number.
        case number
        /// A string of ASCII without escapes: its bytes are its text.
        case plainString
        /// A string whose text takes decoding.
        case string
    }

    /// One value; an object's names are values too, each before what it names.
    struct Token: Sendable {
        let kind: Kind
        /// The offset of the first byte, in a string that of the quotation mark.
        let start: Int32
        /// The offset behind the last byte.
        var end: Int32
        /// The index of the first token behind this one and all that it holds.
        var next: Int32
    }

    let bytes: [UInt8]
    /// The values, the outermost first.
    let tokens: [Token]

    /// Reads a text.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - rules: What is allowed.
    /// - Throws: The first thing that is not allowed, with its line and column.
    package init(_ bytes: [UInt8], rules: Rules = .standard) throws(JSONError) {
        var scanner = JSONScanner(bytes, rules)
        try scanner.scan()
        self.bytes = bytes
        tokens = scanner.tokens
    }

    /// The outermost value.
    package var root: JSONNode { JSONNode(text: self, index: 0) }
}
