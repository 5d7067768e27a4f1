import ArgumentParser
import Attestation
import Diagnostics
import Foundation
import MachineLaunch

/// `adyton policy from`: the policy that accepts one package and nothing else.
struct PolicyFromCommand: ParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "from",
        abstract: "Make a policy from a package.",
        discussion: """
            Takes what a package says of itself: its digest, signer, product, security
            version, models, and the measurements it has on each platform. Signature and
            every part are verified first, and what the parts determine is computed anew.
            A file with the same facts in JSON does, too (Docs/formats/policy.md).

            For SEV-SNP it also has the least versions of firmware and microcode, from a
            dated table whose age and sources are told.

            A developer's platform is left out unless its root is named. The policy says
            so where it accepts one, or a debug package, and so does every output. A
            package without the measurements of hardware, such as one that was made
            without a firmware for it, therefore needs --trust-insecure-developer-root.

            EXAMPLE
              adyton policy from app.adyton > policy.json
              adyton policy from --pubkey signer.pub.pem app.adyton > policy.json
              adyton policy from reference-values.json > policy.json
            """
    )

    @Argument(
        help: "The package, or its reference values in JSON.",
        completion: .file(extensions: ["adyton", "json"])
    )
    var package: String

    @Option(
        name: .customLong("trust-insecure-developer-root"),
        help: ArgumentHelp(
            "Also accept a developer's platforms under this root: its file or its fingerprint (repeatable).",
            valueName: "root"
        )
    )
    var developerRoots: [DeveloperRoot] = []

    @OptionGroup var trusting: TrustArguments
    @OptionGroup var table: MinimumTableOptions

    func run() throws {
        let values = try referenceValues()
        let roots = developerRoots.map(\.fingerprint)
        let table = try table.versions()
        let policy =
            roots.isEmpty
            ? AppraisalPolicy(from: values, minimumVersions: table)
            : AppraisalPolicy(
                from: values,
                trustingInsecureDeveloperRoots: roots,
                minimumVersions: table
            )
        guard !policy.platforms.isEmpty else { throw emptiness(of: values) }
        if let warning = policy.insecurityWarning { Message.print(warning) }
        if policy.platforms.values.contains(where: { !$0.minimumTCB.isEmpty }) {
            for line in table.text(at: Date()) { Message.print(line) }
        }
        try printResult(String(decoding: policy.json, as: UTF8.self))
    }

    /// A file that begins like a JSON object is one; everything else must be a package.
    private func referenceValues() throws -> PackageReferenceValues {
        guard let file = FileHandle(forReadingAtPath: package) else {
            throw CommandFailure(.noInput, "\(package) cannot be read")
        }
        let start = (try? file.read(upToCount: 64)) ?? Data()
        try? file.close()
        guard start.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{") else {
            let stated = try trusting.examine(package)
            if let kernel = stated.facts.kernel, kernel.kind != .sealed {
                Message.print(
                    "the package's kernel is not sealed (\(kernel.kind.rawValue)): off developers' platforms the policy refuses it, "
                        + "unless `tolerate` names policy.kernel-unsealed with a last day."
                )
            }
            return stated.values
        }
        guard trusting.pubkey.isEmpty, trusting.signer.isEmpty else {
            throw CommandFailure(
                .dataError,
                "\(package) is JSON, which has no signature: --pubkey and --signer need a package"
            )
        }
        return try PackageReferenceValues(reading: URL(filePath: package))
    }

    /// A policy that names no platform refuses every machine, so this is reported before a client uses it.
    private func emptiness(of values: PackageReferenceValues) -> CommandFailure {
        let developer = values.platforms.keys.filter(\.isDeveloperPlatform).map(\.rawValue).sorted()
        var text = "\(package) has no hardware's measurements: its policy would refuse every machine"
        if !developer.isEmpty {
            text += """

                  It has those of \(developer.joined(separator: ", ")), which only a developer's root vouches for. On this computer:
                    adyton developer-root --pem > root.pem
                    adyton policy from --trust-insecure-developer-root root.pem \(package)
                """
        }
        text += "\n  Give adyton package the firmware of SEV-SNP or TDX, and it measures those."
        return CommandFailure(.dataError, text)
    }
}
