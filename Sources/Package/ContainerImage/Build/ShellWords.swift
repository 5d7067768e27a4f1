/// Splits a line into words as a shell does, without any expansion.
package enum ShellWords {
    /// Splits a line into words.
    ///
    /// Spaces, tabs and line breaks separate words. Single quotes preserve everything; double quotes preserve
    /// everything but a backslash before `"` and `\`; a backslash outside of quotes preserves the next character.
    ///
    /// - Parameter line: The line as the user wrote it.
    /// - Returns: The words; an empty pair of quotes is an empty word.
    /// - Throws: `container.arguments-invalid` where a quote is not closed or a backslash ends the line.
    package static func split(_ line: String) throws(ContainerError) -> [String] {
        var words: [String] = []
        var word: String?
        var rest = Array(line.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case " ", "\t", "\n":
                if let whole = word { words.append(whole) }
                word = nil
            case "'", "\"":
                word = (word ?? "") + (try quoted(scalar, &rest, line))
            case "\\":
                guard let next = rest.popFirst() else { throw unfinished(line, "a character behind the backslash") }
                word = (word ?? "") + String(next)
            default: word = (word ?? "") + String(scalar)
            }
        }
        return words + [word].compactMap(\.self)
    }

    private static func quoted(
        _ quote: Unicode.Scalar,
        _ rest: inout ArraySlice<Unicode.Scalar>,
        _ line: String
    ) throws(ContainerError) -> String {
        var text = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == quote { return String(text) }
            if scalar == "\\", quote == "\"", let next = rest.first, next == "\"" || next == "\\" {
                rest.removeFirst()
                text.append(next)
            } else {
                text.append(scalar)
            }
        }
        throw unfinished(line, "a closing \(quote)")
    }

    private static func unfinished(_ line: String, _ expected: String) -> ContainerError {
        ContainerError(.argumentsInvalid, subject: Printable.text(line), expected: expected)
    }
}
