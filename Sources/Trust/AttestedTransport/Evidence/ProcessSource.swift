package import Attestation
package import Crypto
package import FoundationEssentials

/// A developer's source for a process that no hardware measures: the developer's own key says that it is theirs.
///
/// INSECURE: whoever runs the process can read and change all that it holds. No policy accepts this evidence unless it
/// names the very key.
package struct InsecureProcessSource: EvidenceSource {
    package let kind = EvidenceKind.developerProcess

    private let key: P256.Signing.PrivateKey
    private let now: @Sendable () -> Date

    /// Takes a developer's key.
    ///
    /// - Parameters:
    ///   - key: The developer's key; its public half is the root.
    ///   - now: The clock, for the time that evidence carries.
    package init(key: P256.Signing.PrivateKey, now: @escaping @Sendable () -> Date = { Date() }) {
        self.key = key
        self.now = now
    }

    /// Reads a developer's key.
    ///
    /// - Parameter path: A private key of P-256 in PEM, such as `openssl genpkey -algorithm EC` writes it.
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

    /// The developer's public key, which a verifier must be given: SubjectPublicKeyInfo in DER.
    package var publicKey: [UInt8] { Array(key.publicKey.derRepresentation) }

    package func evidence(binding: ReportData) async throws -> EvidenceBundle {
        try InsecureProcessEvidence(signedBy: key, reportData: binding.bytes, now: now()).bundle
    }
}
