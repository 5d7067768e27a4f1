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
            let anchor = Self.anchor(pem: String(decoding: data, as: UTF8.self))
        {
            fingerprint = anchor.fingerprint
        } else {
            return nil
        }
    }

    /// Reads a root's file.
    ///
    /// - Parameter pem: `CERTIFICATE`, an authority of virtual TPMs, or `PUBLIC KEY`, a key of processes.
    /// - Returns: nil for anything else.
    static func anchor(pem: String) -> TrustAnchor? {
        let lines = pem.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        guard lines.count > 2, let der = Data(base64Encoded: lines.dropFirst().dropLast().joined()) else { return nil }
        switch (lines.first, lines.last) {
        case ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"):
            return TrustAnchor(insecureDeveloperProcessKey: Array(der))
        case ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"):
            return try? TrustAnchor(developerAuthority: Array(der))
        default: return nil
        }
    }
}
