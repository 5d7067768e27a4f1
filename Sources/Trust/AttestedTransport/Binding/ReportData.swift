import Crypto

/// The 64 bytes of report data that bind evidence to a connection, a certificate or application data; always a digest.
///
/// An ``EvidenceSource`` has the platform sign them.
package struct ReportData: Sendable, Hashable {
    /// The size of report data, in bytes.
    package static let size = 64
    /// The first field of a connection's transcript.
    package static let connectionLabel = "adyton attested connection v1"
    /// The first field of the transcript of application evidence.
    package static let applicationLabel = "adyton application evidence v1"

    /// The report data.
    package let bytes: [UInt8]

    /// Binds evidence to a client's challenge, to both keys of the server, and to the package.
    ///
    /// SHA-512 over five fields, each with a four-byte big-endian length prefix, so that different fields never give
    /// the same input. Docs/formats/attested-connection.md has a worked example.
    ///
    /// - Parameters:
    ///   - challenge: The client's nonce.
    ///   - tlsPublicKey: The TLS certificate's key: SubjectPublicKeyInfo in DER.
    ///   - hpkePublicKey: The raw X25519 public key.
    ///   - manifestDigest: SHA-256 of the package's manifest; empty where there is none.
    package init(
        challenge: Challenge,
        tlsPublicKey: [UInt8],
        hpkePublicKey: [UInt8],
        manifestDigest: [UInt8]
    ) {
        self.init(fields: [
            Array(Self.connectionLabel.utf8), challenge.bytes, tlsPublicKey, hpkePublicKey, manifestDigest,
        ])
    }

    /// Binds evidence to application data, under a separate label.
    ///
    /// Whatever the application data is, this evidence is never valid for a connection.
    ///
    /// - Parameter applicationData: Any bytes.
    package init(applicationData: [UInt8]) {
        self.init(fields: [Array(Self.applicationLabel.utf8), applicationData])
    }

    /// Binds evidence to a certificate's key as interoperable RA-TLS does: SHA-256 of the claims, then zeros.
    ///
    /// - Parameter claims: The claims next to the evidence in the certificate.
    package init(certificateClaims claims: [UInt8]) {
        bytes = Array(SHA256.hash(data: claims)) + [UInt8](repeating: 0, count: Self.size - SHA256.byteCount)
    }

    private init(fields: [[UInt8]]) {
        var hash = SHA512()
        for field in fields {
            hash.update(data: (0..<4).reversed().map { UInt8(truncatingIfNeeded: field.count >> (8 * $0)) })
            hash.update(data: field)
        }
        bytes = Array(hash.finalize())
    }
}
