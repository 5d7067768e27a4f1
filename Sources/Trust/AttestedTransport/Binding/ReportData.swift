import Crypto

/// The 64 bytes that a machine has its platform sign along: always a digest, of what it is bound to.
package struct ReportData: Sendable, Hashable {
    /// How many bytes a platform signs along.
    package static let size = 64
    /// Stands first in a connection's transcript.
    package static let connectionLabel = "adyton attested connection v1"
    /// Stands first in the transcript of evidence that an application asked for.
    package static let applicationLabel = "adyton application evidence v1"

    /// Its bytes.
    package let bytes: [UInt8]

    /// Binds evidence to a client's challenge, to both keys of the server, and to the package.
    ///
    /// SHA-512 over five fields, each behind its length in four bytes, most significant first: so no field's end can
    /// pass for another's beginning. Docs/formats/attested-connection.md has a worked example.
    ///
    /// - Parameters:
    ///   - challenge: The client's nonce.
    ///   - tlsPublicKey: The key of the TLS certificate: SubjectPublicKeyInfo in DER.
    ///   - hpkePublicKey: The raw public key of X25519.
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

    /// Binds evidence to what an application in the machine says, under a label of its own.
    ///
    /// Evidence of this kind can never pass for a connection's, whatever the application says.
    ///
    /// - Parameter applicationData: Any bytes.
    package init(applicationData: [UInt8]) {
        self.init(fields: [Array(Self.applicationLabel.utf8), applicationData])
    }

    /// Binds evidence to a certificate's key as interoperable RA-TLS does: SHA-256 of the claims, then zeros.
    ///
    /// - Parameter claims: The claims beside the evidence in the certificate.
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
