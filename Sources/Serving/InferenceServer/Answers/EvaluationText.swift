import InferenceProtocol

/// An evaluation in the text format of the Mystikos sample, byte for byte.
///
/// `file uploaded successfully.`, then for each engine a heading and five lines, each a tab and a Python tuple of the
/// class and the percentage as Python's `repr` writes them; no line break at the end.
struct EvaluationText {
    /// The response body.
    let text: String

    init(_ evaluation: Evaluation) {
        text = evaluation.engines.reduce(into: "file uploaded successfully.") { text, engine in
            text += "\n\(engine.name) top \(engine.top.count) inference results:"
            for prediction in engine.top {
                // The sample multiplies in single precision and widens the product for printing.
                let percentage = Double(prediction.probability * 100)
                text += "\n\t(\(prediction.label.pythonRepresentation), \(percentage.pythonRepresentation))"
            }
        }
    }
}

extension String {
    /// The string as Python's `repr` writes it: in single quotes, or in double quotes where it holds a single quote and
    /// no double one.
    var pythonRepresentation: String {
        let quote: Unicode.Scalar = contains("'") && !contains("\"") ? "\"" : "'"
        var text = String.UnicodeScalarView([quote])
        for scalar in unicodeScalars {
            switch scalar {
            case "\\": text.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": text.append(contentsOf: "\\n".unicodeScalars)
            case "\r": text.append(contentsOf: "\\r".unicodeScalars)
            case "\t": text.append(contentsOf: "\\t".unicodeScalars)
            case quote: text.append(contentsOf: "\\\(quote)".unicodeScalars)
            case _ where scalar.isPrintableInPython: text.append(scalar)
            default: text.append(contentsOf: scalar.pythonEscape.unicodeScalars)
            }
        }
        text.append(quote)
        return String(text)
    }
}

extension Unicode.Scalar {
    /// Whether Python's `str.isprintable` holds: no control, format, surrogate, private, unassigned or separator
    /// character but the space.
    fileprivate var isPrintableInPython: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: self == " "
        default: true
        }
    }

    fileprivate var pythonEscape: String {
        let (letter, width) = value <= 0xff ? ("x", 2) : value <= 0xffff ? ("u", 4) : ("U", 8)
        let digits = String(value, radix: 16)
        return "\\\(letter)\(String(repeating: "0", count: width - digits.count))\(digits)"
    }
}

extension Double {
    /// The number as Python's `repr` writes it: the shortest digits that read back the same.
    ///
    /// Swift chooses the same digits; the two differ only in their use of exponents above 2^54, which no percentage
    /// reaches.
    var pythonRepresentation: String { description }
}
