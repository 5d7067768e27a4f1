import Attestation
package import Crypto
import FoundationEssentials
package import NIOSSL
import SwiftASN1
import X509

/// A server's ephemeral TLS and HPKE keys, with the certificate that contains evidence for them.
///
/// The keys are generated at start and exist in memory only.
package struct ServerIdentity: Sendable {
    /// The protocol inside TLS, by its ALPN name (RFC 7301).
    package enum ApplicationProtocol: String, Sendable {
        /// HTTP/1.1, with the evidence endpoint.
        case http1 = "http/1.1"
        /// HTTP/2, which carries gRPC.
        case http2 = "h2"
    }

    /// The subject alternative name of every certificate, for clients that compare one; no host has this name (RFC 6761
    /// §6.4).
    package static let certificateName = "adyton.invalid"

    /// Clients verify the evidence and not the validity period, so the certificate never expires (RFC 5280 §4.1.2.5)
    /// and does not depend on the clock that the host sets.
    private static let notBefore = Date(timeIntervalSince1970: 1_577_836_800)
    private static let notAfter = Date(timeIntervalSince1970: 253_402_300_799)

    /// The TLS certificate's key: SubjectPublicKeyInfo in DER.
    package let tlsPublicKey: [UInt8]
    /// The certificate in DER.
    package let certificate: [UInt8]
    /// The HPKE private key.
    package let hpkeKey: Curve25519.KeyAgreement.PrivateKey

    private let tlsKey: P256.Signing.PrivateKey

    /// Generates both keys, and obtains evidence for the TLS key.
    ///
    /// - Parameter source: The evidence source.
    /// - Throws: The source's error, `evidence.unavailable` for evidence too large for a certificate,
    ///   `transport.identity-failed`.
    package init(from source: some EvidenceSource) async throws {
        tlsKey = P256.Signing.PrivateKey()
        hpkeKey = Curve25519.KeyAgreement.PrivateKey()
        tlsPublicKey = Array(tlsKey.publicKey.derRepresentation)
        let claims = CertificateEvidence.claims(tlsPublicKey: tlsPublicKey)
        let evidence = try await source.evidence(binding: ReportData(certificateClaims: claims))
        guard let value = CertificateEvidence.value(evidence, claims: claims) else {
            throw TransportError(
                .unavailable,
                subject: source.kind.rawValue,
                expected: "evidence of at most \(CertificateEvidence.maximumSize) bytes for a certificate",
                found: "more"
            )
        }
        do {
            certificate = try Self.certificate(of: tlsKey, evidence: value)
        } catch {
            throw TransportError(.identityFailed, subject: "certificate", found: "\(error)")
        }
    }

    /// The public half of ``hpkeKey``.
    package var hpkeConfiguration: HpkeKeyConfiguration {
        HpkeKeyConfiguration(publicKey: Array(hpkeKey.publicKey.rawRepresentation))
    }

    /// The TLS private key in PEM, for an application that terminates TLS itself; keep it in memory only.
    package var tlsKeyPEM: String { tlsKey.pemRepresentation }

    /// Creates a server configuration: TLS 1.3 only, with this certificate.
    ///
    /// - Parameter applicationProtocol: The only protocol offered with ALPN.
    /// - Returns: The configuration.
    /// - Throws: `transport.identity-failed`.
    package func tlsConfiguration(
        for applicationProtocol: ApplicationProtocol = .http1
    ) throws(TransportError) -> TLSConfiguration {
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: [.certificate(try NIOSSLCertificate(bytes: certificate, format: .der))],
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(tlsKey.derRepresentation), format: .der))
            )
            configuration.minimumTLSVersion = .tlsv13
            configuration.maximumTLSVersion = .tlsv13
            configuration.applicationProtocols = [applicationProtocol.rawValue]
            return configuration
        } catch {
            throw TransportError(.identityFailed, subject: "TLS", found: "\(error)")
        }
    }

    private static func certificate(of key: P256.Signing.PrivateKey, evidence: [UInt8]) throws -> [UInt8] {
        let key = Certificate.PrivateKey(key)
        let name = try DistinguishedName { CommonName("Adyton attested connection") }
        var extensions = try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage([.serverAuth])
            SubjectAlternativeNames([.dnsName(certificateName)])
        }
        try extensions.append(
            Certificate.Extension(
                oid: ASN1ObjectIdentifier(elements: CertificateEvidence.identifier),
                critical: false,
                value: evidence[...]
            )
        )
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            notValidBefore: notBefore,
            notValidAfter: notAfter,
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: extensions,
            issuerPrivateKey: key
        )
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return serializer.serializedBytes
    }
}
