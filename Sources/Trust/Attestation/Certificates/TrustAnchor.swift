import Crypto
import Diagnostics

/// A root that is trusted: its name and its public key, not what anyone sends along.
public struct TrustAnchor: Sendable, Hashable {
    /// The root's common name.
    public let name: String
    /// The kinds of evidence that the root may vouch for.
    public let kinds: [EvidenceKind]
    /// SHA-256 of the root's certificate, 64 lower-case digits; of its public key where there is no certificate.
    public let fingerprint: String
    /// The public key: SubjectPublicKeyInfo in DER.
    public let publicKey: [UInt8]
    /// Where the certificate is published.
    public let origin: String

    package init(name: String, kinds: [EvidenceKind], fingerprint: String, publicKey: [UInt8], origin: String) {
        self.name = name
        self.kinds = kinds
        self.fingerprint = fingerprint
        self.publicKey = publicKey
        self.origin = origin
    }

    /// Whether a certificate that was sent is this root's, byte for byte.
    ///
    /// - Parameters:
    ///   - certificate: What was sent.
    ///   - fingerprint: SHA-256 of the whole of it, 64 lower-case digits.
    /// - Returns: Whether it is.
    func matches(_ certificate: Certificate, fingerprint: String) -> Bool {
        fingerprint == self.fingerprint && certificate.subjectPublicKeyInfo == publicKey
    }
}
