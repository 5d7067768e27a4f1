import NIOSSL

/// The peer's certificate after a TLS handshake that proved possession of its key.
package struct PeerCertificate: Sendable, Equatable {
    /// The certificate in DER.
    package let certificate: [UInt8]
    /// The certificate's public key: SubjectPublicKeyInfo in DER.
    package let publicKey: [UInt8]

    /// Extracts the certificate and its key from a handshake.
    init(_ certificate: NIOSSLCertificate) throws {
        self.certificate = try certificate.toDERBytes()
        publicKey = try certificate.extractPublicKey().toSPKIBytes()
    }
}
