import ArgumentParser
import Attestation
import Foundation

/// Which machines a command relies on, as options.
struct PeerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The policy that says which machines are good enough.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var policy: String?

    @OptionGroup var developer: DeveloperRootOptions

    /// Reads the policy, and says on standard error where it trusts what no hardware vouches for.
    func rules(for command: String) throws -> AppraisalPolicy? {
        try policy.map { try AttestationWork.policy($0, for: command) }
    }

    /// Reads the developer's roots, as ``DeveloperRootOptions/roots(for:)`` does.
    func roots(for command: String) throws -> [TrustAnchor] { try developer.roots(for: command) }
}

/// The developer's roots that a command trusts beside those of the vendors.
struct DeveloperRootOptions: ParsableArguments {
    @Option(
        name: .customLong("trust-insecure-developer-root"),
        help: ArgumentHelp(
            "Also trust a developer's root: a public key or a certificate in PEM; may be given several times.",
            discussion: "The policy must name its fingerprint, too. Such a machine's host can read all that it holds.",
            valueName: "file"
        ),
        completion: .file(extensions: ["pem"])
    )
    var developerRoots: [String] = []

    /// Reads the developer's roots.
    ///
    /// - Parameter command: The command's name, for messages.
    /// - Returns: One root a file.
    /// - Throws: Exit status 66 for a missing file, 65 for one that is no root.
    func roots(for command: String) throws -> [TrustAnchor] {
        try developerRoots.map { path in
            guard let data = try? Data(contentsOf: URL(filePath: path)) else {
                printError("adyton \(command): --trust-insecure-developer-root \(path): the file cannot be read")
                throw ExitStatus.noInput
            }
            guard let root = TrustAnchor(developerPEM: String(decoding: data, as: UTF8.self)) else {
                printError(
                    "adyton \(command): --trust-insecure-developer-root \(path): expected a public key or a certificate in PEM"
                )
                throw ExitStatus.dataError
            }
            printError("adyton \(command): INSECURE: a developer's root is trusted: \(root.fingerprint)")
            return root
        }
    }
}
