/// Metrics in Prometheus's text format, version 0.0.4.
struct MetricsText {
    /// The types of metrics that are used here.
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    /// The text so far.
    private(set) var text = ""

    /// Writes the help and the type of a metric; its values follow.
    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Writes a value.
    ///
    /// - Parameters:
    ///   - name: The metric's name.
    ///   - labels: The labels in their order; their values are escaped.
    ///   - value: The number as text.
    mutating func value(_ name: String, _ labels: [(String, String)], _ value: String) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
