import ArgumentParser
import EnclavePackage
import Foundation
import PackageManifest

/// `adyton config explain`: what each key of a configuration does, or why it does nothing here.
struct ExplainConfigurationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what each key of a configuration does here, or why it does nothing.",
        discussion: """
            With a file: checks it, and explains the keys that it has. Without: explains
            every key there is. Exits with 65 at a key or a value that is wrong, and
            names line and column.

            EXAMPLE
              adyton config explain config.json
              adyton config explain --json | jq -r '.[] | .effect + " " + .key'
            """
    )

    private struct Document: Encodable {
        let key: String
        let effect: String
        let explanation: String
        let mystikos: Bool

        init(_ key: ConfigurationKey) {
            self.key = key.rawValue
            effect = key.effect.rawValue
            explanation = key.explanation
            mystikos = key.isFromMystikos
        }
    }

    @Argument(help: "A configuration, such as Mystikos's config.json.", completion: .file(extensions: ["json"]))
    var file: String?

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        var keys = ConfigurationKey.allCases
        if let file {
            keys = try PackageConfiguration(reading: file).keys
        }
        if json {
            try printResult(JSONReport.of(keys.map { Document($0) }))
        } else {
            try printResult(keys.map { Self.text($0) }.joined())
        }
    }

    private static func text(_ key: ConfigurationKey) -> String {
        let origin = key.isFromMystikos ? "" : "  (ours)"
        let explanation = TextStyle.output.wrapped("    \(key.explanation)", hang: 0, atMost: 104)
        return "\(key.rawValue)\(origin)\n\(explanation)\n"
    }
}
