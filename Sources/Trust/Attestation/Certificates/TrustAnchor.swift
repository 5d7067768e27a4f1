import Crypto
import Diagnostics

/// A trusted root: its name and public key, independent of any certificate in the evidence.
public struct TrustAnchor: Sendable, Hashable {
    /// The root's common name.
    public let name: String
    /// The kinds of evidence that the root is trusted for.
    public let kinds: [EvidenceKind]
    /// SHA-256 of the root's certificate, 64 lower-case hexadecimal digits; of its public key where it has no
    /// certificate.
    public let fingerprint: String
    /// The public key: SubjectPublicKeyInfo in DER.
    public let publicKey: [UInt8]
    /// The URL at which the certificate is published.
    public let origin: String

    package init(name: String, kinds: [EvidenceKind], fingerprint: String, publicKey: [UInt8], origin: String) {
        self.name = name
        self.kinds = kinds
        self.fingerprint = fingerprint
        self.publicKey = publicKey
        self.origin = origin
    }

    /// Whether a received certificate is this root's, byte for byte.
    ///
    /// - Parameters:
    ///   - certificate: The received certificate.
    ///   - fingerprint: Its SHA-256, 64 lower-case hexadecimal digits.
    /// - Returns: Whether it is.
    func matches(_ certificate: Certificate, fingerprint: String) -> Bool {
        fingerprint == self.fingerprint && certificate.subjectPublicKeyInfo == publicKey
    }
}
