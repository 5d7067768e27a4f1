package import Attestation
package import Crypto
package import FoundationEssentials

/// A development-only evidence source: evidence signed by a developer's key, without hardware.
///
/// INSECURE: the process's user can read and change everything in it. A policy accepts this evidence only if it names
/// this very key.
package struct InsecureProcessSource: EvidenceSource {
    package let kind = EvidenceKind.developerProcess

    private let key: P256.Signing.PrivateKey
    private let now: @Sendable () -> Date

    /// Creates a source.
    ///
    /// - Parameters:
    ///   - key: The developer's key; its public half is the root of trust.
    ///   - now: The clock, for the evidence's timestamp.
    package init(key: P256.Signing.PrivateKey, now: @escaping @Sendable () -> Date = { Date() }) {
        self.key = key
        self.now = now
    }

    /// Reads a developer's key.
    ///
    /// - Parameter path: A P-256 private key in PEM, for instance from `openssl genpkey -algorithm EC`.
    /// - Throws: `transport.file-unreadable`, `transport.key-invalid`.
    package init(readingKeyAt path: String) throws(TransportError) {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw TransportError(.fileUnreadable, subject: path, expected: "a developer's private key in PEM")
        }
        guard let key = try? P256.Signing.PrivateKey(pemRepresentation: String(decoding: data, as: UTF8.self)) else {
            throw TransportError(.keyInvalid, subject: path, expected: "a private key of P-256 in PEM")
        }
        self.init(key: key)
    }

    /// The developer's public key, which a verifier needs as trust anchor: SubjectPublicKeyInfo in DER.
    package var publicKey: [UInt8] { Array(key.publicKey.derRepresentation) }

    package func evidence(binding: ReportData) async throws -> EvidenceBundle {
        try InsecureProcessEvidence(signedBy: key, reportData: binding.bytes, now: now()).bundle
    }
}
