/// Why a JSON document is not read: what is wrong, and where.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// What kind of failure this is.
    package enum Reason: String, Sendable {
        /// The text breaks the grammar.
        case syntax
        /// The text is not UTF-8.
        case encoding
        /// The text begins with a byte order mark.
        case byteOrderMark
        /// An escape names half a surrogate pair.
        case surrogate
        /// An object has a name twice.
        case duplicateName
        /// An object has a name that the format does not have.
        case unknownKey
        /// The nesting is too deep.
        case depth
        /// The text is too large.
        case size
        /// Something follows the document's value.
        case trailingBytes
        /// A comment, in a format without comments.
        case comment
        /// A number does not fit its type.
        case range
        /// A value is absent.
        case missing
        /// A value is of another type.
        case type
        /// A value is of the right type, and means nothing here.
        case value
    }

    /// What kind of failure this is.
    package let reason: Reason
    /// Where in the text.
    package let location: SourceLocation
    /// The value's path, such as `platforms.snp.roots[0]`; empty for the whole document and for a text that is no JSON.
    package let path: String
    /// What should be there.
    package let expected: String
    /// What is there; nil where `expected` says it all.
    package let found: String?

    /// Line, column, path, and what is wrong, in one line.
    package var description: String {
        "\(location): \(path.isEmpty ? "" : "\(path): ")\(explanation)"
    }

    /// What is wrong, without the place.
    package var explanation: String { "expected \(expected)\(found.map { ", found \($0)" } ?? "")" }

    /// The path with the location, or the location alone.
    package var place: String { path.isEmpty ? "\(location)" : "\(location): \(path)" }
}
