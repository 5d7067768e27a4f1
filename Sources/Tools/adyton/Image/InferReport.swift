import Foundation
import InferenceProtocol

/// The results of `adyton infer` as a person or a program reads them.
enum InferReport {
    private struct Document: Encodable {
        let results: [InferResult]
    }

    /// One JSON document with every result, ended by a line break.
    static func json(_ results: [InferResult]) throws -> String {
        try JSONReport.of(Document(results: results))
    }

    /// A table an answered image, the engines side by side.
    static func tables(_ results: [InferResult]) -> String {
        results.filter { $0.answer != nil }.map(table).joined(separator: "\n")
    }

    private static func table(_ result: InferResult) -> String {
        guard let answer = result.answer else { return "" }
        let columns = answer.engines.flatMap { engine in
            [
                TextTable.Column(title: "\(engine.name) \(engine.version)", cells: engine.top.map(\.label)),
                TextTable.Column(title: "", cells: engine.top.map { percent($0.probability) }),
            ]
        }
        let ranks = answer.engines.map(\.top.count).max() ?? 0
        let rank = TextTable.Column(title: "", cells: (0..<ranks).map { "\($0 + 1)" })
        var text = "\(result.file)\(mark(result))\n" + TextTable([rank] + columns).text
        if let crossCheck = answer.crossCheck {
            let difference = String(format: "%.1e", Double(crossCheck.maximumProbabilityDifference))
            let bound = String(format: "%.0e", Double(crossCheck.bound))
            text += "  cross-checked: the engines differ by at most \(difference) (bound \(bound))\n"
        }
        return text
    }

    private static func mark(_ result: InferResult) -> String {
        guard let expected = result.expected else { return "" }
        let style = TextStyle.output
        return result.isAsExpected
            ? "  \(style.mark(.good)) \(expected)" : "  \(style.mark(.bad)) expected \(expected)"
    }

    private static func percent(_ probability: Float) -> String {
        String(format: "%6.2f %%", Double(probability) * 100)
    }
}
