import ArgumentParser
import Attestation
import Diagnostics
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
    func rules() throws -> AppraisalPolicy? {
        try policy.map { try AppraisalPolicy(announcing: $0) }
    }

    /// Reads the developer's roots, as ``DeveloperRootOptions/roots()`` does.
    func roots() throws -> [TrustAnchor] { try developer.roots() }
}

extension AppraisalPolicy {
    /// Reads a policy, and warns on standard error where it trusts what no hardware vouches for.
    ///
    /// - Parameter path: The policy's file.
    /// - Throws: `policy-file.*`.
    init(announcing path: String) throws {
        try self.init(reading: URL(filePath: path))
        if let warning = insecurityWarning { Message.print("\(path): \(warning)") }
    }
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
    /// - Returns: One root a file.
    /// - Throws: Exit status 66 for a missing file, 65 for one that is no root.
    func roots() throws -> [TrustAnchor] {
        try developerRoots.map { path in
            guard let data = try? Data(contentsOf: URL(filePath: path)) else {
                throw CommandFailure(.noInput, "--trust-insecure-developer-root \(path): the file cannot be read")
            }
            guard let root = TrustAnchor(developerPEM: String(decoding: data, as: UTF8.self)) else {
                throw CommandFailure(
                    .dataError,
                    "--trust-insecure-developer-root \(path): expected a public key or a certificate in PEM"
                )
            }
            Message.print("INSECURE: a developer's root is trusted: \(root.fingerprint)")
            return root
        }
    }
}
