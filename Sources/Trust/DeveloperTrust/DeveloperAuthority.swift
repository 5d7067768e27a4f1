package import Attestation
import Crypto
import Diagnostics
package import Foundation
import SwiftASN1

/// A developer's own authority: it certifies the attestation keys of this user's software TPMs, and nothing else.
///
/// Its key lies in the user's state folder, and whoever has it can make evidence of the kind `vtpm` that says anything.
/// So no policy takes it that does not name its very fingerprint.
package struct DeveloperAuthority: Sendable {
    /// How long a certificate of an attestation key is good: longer than a machine runs.
    private static let keyLifetime: TimeInterval = 366 * 86_400
    /// How long the authority itself is good.
    private static let ownLifetime: TimeInterval = 3653 * 86_400
    /// A clock that goes a little wrong must not make a certificate that is not yet good.
    private static let clockTolerance: TimeInterval = 86_400

    /// Its certificate in DER.
    package let certificate: [UInt8]
    private let parsed: Certificate
    private let key: P256.Signing.PrivateKey

    /// SHA-256 of its certificate, 64 lower-case digits, as a policy names it.
    package var fingerprint: String { Hexadecimal.text(SHA256.hash(data: certificate)) }

    /// Its certificate as PEM, ended by a line break.
    package var pem: String { PEMDocument(type: "CERTIFICATE", derBytes: certificate).pemString + "\n" }

    /// Its private key as PEM, ended by a line break.
    var keyPem: String { key.pemRepresentation + "\n" }

    /// Makes an authority.
    ///
    /// - Parameter now: The time at which it begins.
    /// - Throws: `developer.authority-unusable`.
    package init(now: Date) throws(DeveloperTrustError) {
        let key = P256.Signing.PrivateKey()
        // A name of its own, so that two developers' authorities are not taken for each other.
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
    /// - Throws: Where either is broken, or they do not belong together.
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

    /// The root that a verifier has to be given.
    ///
    /// - Returns: A root for the kind `vtpm` alone.
    /// - Throws: `certificate.*`.
    package func anchor() throws(AttestationError) -> TrustAnchor {
        try TrustAnchor(developerAuthority: certificate)
    }

    /// Certifies an attestation key that was shown to live in a TPM of our own.
    ///
    /// - Parameters:
    ///   - attestationKey: The key.
    ///   - now: The time at which the certificate begins.
    /// - Returns: The certificate in DER.
    /// - Throws: `developer.authority-unusable`, as where the authority is out of date.
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
