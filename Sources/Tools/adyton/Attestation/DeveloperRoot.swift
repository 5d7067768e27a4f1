import ArgumentParser
import Attestation
import Diagnostics
import Foundation

/// A developer's root, as a person names one: a file in PEM, or what a policy keeps of it.
struct DeveloperRoot: ExpressibleByArgument {
    /// SHA-256 of the whole root, certificate or key, in hexadecimal.
    let fingerprint: String

    init?(argument: String) {
        if let bytes = Hexadecimal.bytes(argument), bytes.count == 32 {
            fingerprint = Hexadecimal.text(bytes)
        } else if let data = try? Data(contentsOf: URL(filePath: argument)),
            let anchor = TrustAnchor(developerPEM: String(decoding: data, as: UTF8.self))
        {
            fingerprint = anchor.fingerprint
        } else {
            return nil
        }
    }
}
