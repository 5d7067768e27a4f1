import ArgumentParser
import Attestation
import Foundation

/// `adyton policy from`: the policy that accepts one package and nothing else.
struct PolicyFromCommand: ParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "from",
        abstract: "Make a policy from a package's reference values.",
        discussion: """
            Takes what a package says of itself: its digest, signer, product, models,
            and the measurements it has on each platform. A developer's platform is left
            out unless its root is named, and then every output says so.

            EXAMPLE
              adyton policy from reference-values.json > policy.json
            """
    )

    @Argument(help: "The package's reference values in JSON.", completion: .file(extensions: ["json"]))
    var package: String

    @Option(
        name: .customLong("trust-insecure-developer-root"),
        help: ArgumentHelp(
            "Also accept a developer's platforms under this root; may be given several times.",
            valueName: "fingerprint"
        )
    )
    var developerRoots: [String] = []

    func run() throws {
        guard let data = try? Data(contentsOf: URL(filePath: package)) else {
            printError("adyton policy from: \(package) cannot be read")
            throw ExitStatus.noInput
        }
        let values: PackageReferenceValues
        do {
            values = try JSONDecoder().decode(PackageReferenceValues.self, from: data)
        } catch {
            printError("adyton policy from: \(package) holds no reference values: \(error)")
            throw ExitStatus.dataError
        }
        let roots = developerRoots.map { $0.lowercased() }
        let policy =
            roots.isEmpty
            ? AppraisalPolicy(from: values)
            : AppraisalPolicy(from: values, trustingInsecureDeveloperRoots: roots)
        if let warning = AttestationWork.developerWarning(policy) { printError("adyton policy from: \(warning)") }
        try printResult(String(decoding: policy.json, as: UTF8.self))
    }
}
