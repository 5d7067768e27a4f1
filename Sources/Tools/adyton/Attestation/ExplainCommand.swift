import ArgumentParser
import Attestation
import Diagnostics
import Foundation

/// `adyton explain`: what a check asks, who must act where it fails, and what they do.
struct ExplainCommand: ParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain a finding by its name; without one, list all names.",
        discussion: """
            Exits with 65 for a name that no check has.

            EXAMPLE
              adyton explain policy.tcb-low
              adyton explain
            """
    )

    private struct Document: Encodable {
        let id: String
        let meaning: String
        let whoMustAct: String
        let remedy: String
        let mayBeTolerated: Bool

        init(_ entry: CheckCatalogue.Entry) {
            id = entry.id
            meaning = entry.explanation.meaning
            whoMustAct = entry.explanation.whoMustAct.rawValue
            remedy = entry.explanation.remedy
            mayBeTolerated = entry.isReservation
        }
    }

    @Argument(help: "The name, such as certificate.expired.")
    var id: String?

    @Flag(help: "Print one JSON document.")
    var json = false

    /// Names with the given prefix, else those of its family, which is the part before the dot.
    private static func hint(for id: String, _ names: [String]) -> String {
        let family = String(id.prefix { $0 != "." }) + "."
        let near = [names.filter { $0.hasPrefix(id) }, names.filter { $0.hasPrefix(family) }]
        guard !id.isEmpty, let found = near.first(where: { !$0.isEmpty }) else {
            return "adyton explain alone lists every name"
        }
        return "near it are: \(found.joined(separator: ", "))"
    }

    func run() throws {
        let catalogue = CheckCatalogue.shared
        guard let id else {
            let lines = catalogue.entries.map { "\($0.id)\n    \($0.explanation.meaning)\n" }
            return try printResult(
                try json
                    ? JSONReport.of(catalogue.entries.map(Document.init))
                    : TextStyle.output.wrapped(lines.joined(), hang: 0)
            )
        }
        guard let entry = catalogue.entry(id) else {
            throw CommandFailure(
                .dataError,
                "no check is called '\(id)'; \(Self.hint(for: id, catalogue.entries.map(\.id)))"
            )
        }
        let document = Document(entry)
        let tolerance = document.mayBeTolerated ? "A policy may tolerate it by its name, until a date.\n" : ""
        let text = """
            \(document.id)
              \(document.meaning)
              Who must act: \(document.whoMustAct)
              \(document.remedy)

            """
        try printResult(try json ? JSONReport.of(document) : TextStyle.output.wrapped(text + tolerance, hang: 0))
    }
}
