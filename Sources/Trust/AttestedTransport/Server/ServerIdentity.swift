import Attestation
package import Crypto
import FoundationEssentials
package import NIOSSL
import SwiftASN1
import X509

/// The keys that a server makes when it starts and never writes down, with the certificate that carries evidence of them.
package struct ServerIdentity: Sendable {
    /// What is spoken inside TLS, as ALPN calls it (RFC 7301).
    package enum ApplicationProtocol: String, Sendable {
        /// HTTP/1.1, with the challenges.
        case http1 = "http/1.1"
        /// HTTP/2, which carries gRPC.
        case http2 = "h2"
    }

    /// The name that each certificate states, for clients that compare one: it can be no other machine's (RFC 6761 §6.4).
    package static let certificateName = "adyton.invalid"

    /// A client does not look at a certificate's dates but at its evidence; so they say that there is no end (RFC 5280
    /// §4.1.2.5), whatever clock the host gave the machine.
    private static let notBefore = Date(timeIntervalSince1970: 1_577_836_800)
    private static let notAfter = Date(timeIntervalSince1970: 253_402_300_799)

    /// The key of the TLS certificate: SubjectPublicKeyInfo in DER.
    package let tlsPublicKey: [UInt8]
    /// The certificate in DER.
    package let certificate: [UInt8]
    /// The key for encryption to the machine.
    package let hpkeKey: Curve25519.KeyAgreement.PrivateKey

    private let tlsKey: P256.Signing.PrivateKey

    /// Makes both keys, and asks the platform for evidence of the first.
    ///
    /// - Parameter source: Who makes evidence; where it makes none there is no identity.
    /// - Throws: What the source throws, `evidence.unavailable` for evidence too large for a certificate,
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

    /// The TLS key in PEM, for an application that ends TLS itself; it belongs nowhere but in memory.
    package var tlsKeyPEM: String { tlsKey.pemRepresentation }

    /// TLS 1.3 and nothing else, with this certificate.
    ///
    /// - Parameter applicationProtocol: The one protocol that a client is offered.
    /// - Returns: A server's configuration.
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
