package import Attestation
import Crypto
import Diagnostics
package import Foundation
import SwiftASN1

/// A developer's private certificate authority, which certifies attestation keys of this user's software TPMs only.
///
/// Its key is in the user's state directory. Anyone with that key can forge evidence of kind `vtpm`, so a policy
/// accepts the authority only by its fingerprint.
package struct DeveloperAuthority: Sendable {
    /// The validity of an attestation key's certificate: longer than a machine runs.
    private static let keyLifetime: TimeInterval = 366 * 86_400
    /// The validity of the authority's own certificate.
    private static let ownLifetime: TimeInterval = 3653 * 86_400
    /// Certificates start this much earlier, so that they are valid on a machine whose clock is slow.
    private static let clockTolerance: TimeInterval = 86_400

    /// The authority's certificate in DER.
    package let certificate: [UInt8]
    private let parsed: Certificate
    private let key: P256.Signing.PrivateKey

    /// SHA-256 of its certificate, 64 lower-case hexadecimal digits, as a policy names it.
    package var fingerprint: String { Hexadecimal.text(SHA256.hash(data: certificate)) }

    /// Its certificate as PEM, with a final line break.
    package var pem: String { PEMDocument(type: "CERTIFICATE", derBytes: certificate).pemString + "\n" }

    /// Its private key as PEM, with a final line break.
    var keyPem: String { key.pemRepresentation + "\n" }

    /// Creates an authority with a new key.
    ///
    /// - Parameter now: The start of its validity.
    /// - Throws: `developer.authority-unusable`.
    package init(now: Date) throws(DeveloperTrustError) {
        let key = P256.Signing.PrivateKey()
        // A unique name, so that two developers' authorities are not confused.
        let mark = Hexadecimal.text(SHA256.hash(data: key.publicKey.derRepresentation).prefix(4))
        do {
            let name = try CertificateTemplate.name("Adyton developer's virtual TPMs \(mark)")
            let form = CertificateTemplate(
                issuer: name,
                subject: name,
                validity: now - Self.clockTolerance...now + Self.ownLifetime,
                publicKey: Array(key.publicKey.derRepresentation),
                issuerPublicKey: Array(key.publicKey.derRepresentation),
                purpose: .authority
            )
            try self.init(form.signed(by: key, serialNumber: Self.serialNumber()), key)
        } catch {
            throw Self.unusable("\(error)")
        }
    }

    /// Reads an authority.
    ///
    /// - Parameters:
    ///   - pem: Its certificate.
    ///   - key: Its private key.
    /// - Throws: A parsing error, or `developer.authority-unusable` where the key is not the certificate's.
    init(pem: String, key: String) throws {
        try self.init(PEMDocument(pemString: pem).derBytes, P256.Signing.PrivateKey(pemRepresentation: key))
    }

    private init(_ certificate: [UInt8], _ key: P256.Signing.PrivateKey) throws {
        self.certificate = certificate
        self.key = key
        parsed = try Certificate(der: certificate, role: "developer's authority")
        guard parsed.subjectPublicKeyInfo == Array(key.publicKey.derRepresentation) else {
            throw Self.unusable("the key of another")
        }
    }

    /// Creates the trust anchor for a verifier.
    ///
    /// - Returns: A root for evidence of kind `vtpm` only.
    /// - Throws: `certificate.*`.
    package func anchor() throws(AttestationError) -> TrustAnchor {
        try TrustAnchor(developerAuthority: certificate)
    }

    /// Certifies an attestation key that credential activation has proved to be in one of our TPMs.
    ///
    /// - Parameters:
    ///   - attestationKey: The key.
    ///   - now: The start of the certificate's validity.
    /// - Returns: The certificate in DER.
    /// - Throws: `developer.authority-unusable`, for instance where the authority has expired.
    package func certify(_ attestationKey: ActivatedKey, at now: Date) throws(DeveloperTrustError) -> [UInt8] {
        guard parsed.notBefore <= now, now < parsed.notAfter else { throw Self.unusable("one that is out of date") }
        do {
            return try CertificateTemplate(
                issuer: parsed.subject,
                subject: CertificateTemplate.name("attestation key of a virtual TPM"),
                validity: now - Self.clockTolerance...min(now + Self.keyLifetime, parsed.notAfter),
                publicKey: attestationKey.subjectPublicKeyInfo(),
                issuerPublicKey: parsed.subjectPublicKeyInfo,
                purpose: .attestationKey
            )
            .signed(by: key, serialNumber: Self.serialNumber())
        } catch {
            throw Self.unusable("\(error)")
        }
    }

    private static func serialNumber() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    private static func unusable(_ found: String) -> DeveloperTrustError {
        DeveloperTrustError(
            .authorityUnusable,
            subject: "the developer's authority",
            expected: "a certificate with its key (remove the folder to have another made)",
            found: found
        )
    }
}
