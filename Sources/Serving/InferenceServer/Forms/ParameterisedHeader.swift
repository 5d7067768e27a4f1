/// A header value with its parameters, such as `form-data; name="image"` (RFC 9110 §5.6.6).
struct ParameterisedHeader: Equatable {
    /// The text before the first semicolon, without surrounding white space.
    let value: String
    /// The parameters by their lower-case names; of equal names the first counts.
    let parameters: [String: String]

    /// Parses a header value; parts that are not of the form `name=value` are ignored.
    ///
    /// Within quotes, a backslash escapes a quote or a backslash. Before any other character it is an ordinary
    /// character, because some browsers send Windows paths as file names. The parser reads bytes, not characters: a
    /// combining mark after a quote would otherwise hide the quote.
    init(_ text: String) {
        let (quote, backslash) = (UInt8(ascii: "\""), UInt8(ascii: "\\"))
        var fields: [[UInt8]] = [[]]
        var isQuoted = false
        var bytes = text.utf8.makeIterator()
        var pending = bytes.next()
        while let byte = pending {
            pending = bytes.next()
            if byte == quote {
                isQuoted.toggle()
            } else if isQuoted, byte == backslash, let next = pending, next == quote || next == backslash {
                fields[fields.count - 1].append(next)
                pending = bytes.next()
            } else if byte == UInt8(ascii: ";"), !isQuoted {
                fields.append([])
            } else {
                fields[fields.count - 1].append(byte)
            }
        }
        value = Self.trimmed(fields[0][...])
        var parameters: [String: String] = [:]
        for field in fields.dropFirst() {
            guard let equals = field.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = Self.trimmed(field[..<equals]).lowercased()
            if parameters[name] == nil {
                parameters[name] = Self.trimmed(field[(equals + 1)...])
            }
        }
        self.parameters = parameters
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> String {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let rest = text.drop(while: isSpace)
        return String(decoding: rest.prefix(rest.count - rest.reversed().prefix(while: isSpace).count), as: UTF8.self)
    }
}
