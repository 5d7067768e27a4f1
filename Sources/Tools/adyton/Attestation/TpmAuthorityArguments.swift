import ArgumentParser
import Attestation
import Diagnostics
import Foundation

/// The authorities whose certificates of TPM keys a command trusts.
struct TpmAuthorityArguments: ParsableArguments {
    @Option(
        name: .customLong("tpm-authority"),
        help: ArgumentHelp(
            "Trust TPM keys that this authority certified: gcp, azure, or a certificate's file (repeatable).",
            discussion: "gcp and azure are the clouds' published roots. Each of the cloud's customers has machines "
                + "below them: only the policy's registers say what runs.",
            valueName: "authority"
        ),
        completion: .list(["gcp", "azure"])
    )
    var authorities: [String] = []

    /// Reads the authorities.
    ///
    /// - Returns: The roots.
    /// - Throws: Exit status 66 for a missing file, 65 for one that is no certificate.
    func roots() throws -> [TrustAnchor] {
        var roots: [TrustAnchor] = []
        for name in authorities {
            if let known = TrustAnchor.tpmAuthorities[name] {
                roots += known
                continue
            }
            guard let data = try? Data(contentsOf: URL(filePath: name)) else {
                let expected = "gcp, azure, or a file that can be read"
                throw CommandFailure(.noInput, "--tpm-authority \(name): expected \(expected)")
            }
            roots.append(try TrustAnchor(tpmAuthorityFile: Array(data), origin: name))
        }
        return roots
    }
}
