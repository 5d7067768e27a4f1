import ArgumentParser
import Attestation
import Diagnostics
import Foundation

/// `adyton conformance`: whether this verifier gives the answers that a set of vectors states.
struct ConformanceCommand: ParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Verify a set of vectors, and compare each answer with the stated one.",
        discussion: """
            INDEX.json lists evidence, a clock and the answer for each entry, with files
            beside it. Kinds that are not known answer `unsupported`, which counts as
            neither right nor wrong. Exits with 1 where an answer differs.

            EXAMPLE
              adyton conformance vectors/INDEX.json
              adyton conformance vectors/INDEX.json --kind snp --kind nitro
              adyton conformance vectors/INDEX.json --json \\
                | jq '.results[] | select(.agrees == false)'
            """
    )

    private struct Document: Encodable {
        struct Result: Encodable {
            let id: String
            let kind: String
            let stated: String
            let answer: String
            let status: String?
            let agrees: Bool?
            let reason: String
            let findings: [Finding]
        }
        let right: Int
        let wrong: Int
        let unsupported: Int
        let results: [Result]
    }

    @Argument(help: "The index.", completion: .file(extensions: ["json"]))
    var index: String

    @Option(help: ArgumentHelp("Only this kind; may be given several times.", valueName: "kind"))
    var kind: [String] = []

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        let vectorSet = try ConformanceIndex(reading: URL(filePath: index))
        let known = Set(vectorSet.vectors.map(\.kind))
        if let other = kind.first(where: { !known.contains($0) }) {
            // A misspelled kind must not pass for one whose every answer is right.
            let names = known.sorted().joined(separator: ", ")
            throw CommandFailure(.dataError, "\(index) has no kind '\(other)'; it has: \(names)")
        }
        let folder = URL(filePath: index).deletingLastPathComponent()
        let runner = ConformanceRunner(
            vectorSet,
            clock: Date(),
            others: ["snp-measure": MeasurementExaminer(folder: folder).examine]
        )
        let vectors = vectorSet.vectors.filter { kind.isEmpty || kind.contains($0.kind) }
        let results = vectors.map(runner.run)
        let document = Document(
            right: results.count { $0.agrees == true },
            wrong: results.count { $0.agrees == false },
            unsupported: results.count { $0.agrees == nil },
            results: results.map(Self.entry)
        )
        try printResult(try json ? JSONReport.of(document) : text(document))
        guard document.wrong == 0 else { throw ExitStatus.negativeAnswer }
    }

    private static func entry(_ result: ConformanceResult) -> Document.Result {
        Document.Result(
            id: result.vector.id,
            kind: result.vector.kind,
            stated: ([result.vector.verdict.rawValue] + [result.vector.status].compactMap(\.self))
                .joined(separator: " "),
            answer: result.answerName,
            status: result.status?.rawValue,
            agrees: result.agrees,
            reason: result.reason,
            findings: result.findings
        )
    }

    private func text(_ document: Document) -> String {
        let lines = document.results.map { result in
            let mark =
                switch result.agrees {
                case true?: "right"
                case false?: "WRONG"
                case nil: "-    "
                }
            let answer = ([result.answer] + [result.status].compactMap(\.self)).joined(separator: " ")
            let stated = result.agrees == false ? ", stated \(result.stated)" : ""
            return "\(mark)  \(result.id): \(answer)\(stated)\n         \(result.reason)\n"
        }
        return lines.joined()
            + "\(document.right) right, \(document.wrong) wrong, \(document.unsupported) of unsupported kinds\n"
    }
}
