import NIOSSL

/// The certificate that the other end of a connection has shown, once the handshake has proven that it holds the key.
package struct PeerCertificate: Sendable, Equatable {
    /// The certificate in DER.
    package let certificate: [UInt8]
    /// Its key: SubjectPublicKeyInfo in DER.
    package let publicKey: [UInt8]

    /// Takes what a handshake has shown.
    init(_ certificate: NIOSSLCertificate) throws {
        self.certificate = try certificate.toDERBytes()
        publicKey = try certificate.extractPublicKey().toSPKIBytes()
    }
}
