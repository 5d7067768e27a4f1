package import Crypto
package import CryptoExtras
import FoundationEssentials
import SwiftASN1

/// A public key that verifies signatures: ECDSA or RSA.
package enum PublicKey: Sendable {
    case p256(P256.Signing.PublicKey)
    case p384(P384.Signing.PublicKey)
    case p521(P521.Signing.PublicKey)
    /// 2048 to 8192 bits.
    case rsa(_RSA.Signing.PublicKey)

    /// The largest RSA modulus in bits: verification time grows with it, and untrusted evidence provides the key.
    private static let maximumModulusInBits = 8192

    /// Parses a key.
    ///
    /// - Parameters:
    ///   - subjectPublicKeyInfo: The key in DER, as in a certificate.
    ///   - subject: The key's owner, for errors.
    /// - Throws: `certificate.algorithm-unsupported` for another algorithm, curve or size, or a point off the curve.
    package init(subjectPublicKeyInfo: [UInt8], subject: String) throws(AttestationError) {
        let algorithm = try DerField.algorithm(ofPublicKey: subjectPublicKeyInfo, subject: subject)
        let der = Data(subjectPublicKeyInfo)
        do {
            switch algorithm {
            case "1.2.840.10045.2.1/1.2.840.10045.3.1.7":
                self = .p256(try P256.Signing.PublicKey(derRepresentation: der))
            case "1.2.840.10045.2.1/1.3.132.0.34": self = .p384(try P384.Signing.PublicKey(derRepresentation: der))
            case "1.2.840.10045.2.1/1.3.132.0.35": self = .p521(try P521.Signing.PublicKey(derRepresentation: der))
            case "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10":
                let key = try _RSA.Signing.PublicKey(derRepresentation: der)
                guard key.keySizeInBits <= Self.maximumModulusInBits else {
                    throw CryptoKitError.incorrectParameterSize
                }
                self = .rsa(key)
            default: throw CryptoKitError.incorrectParameterSize
            }
        } catch {
            throw AttestationError(
                CertificateCheck.algorithmUnsupported,
                subject: subject,
                fields: ["subjectPublicKeyInfo"],
                expected: "a P-256, P-384, P-521 or RSA key of 2048 to 8192 bits",
                found: algorithm
            )
        }
    }

    /// Verifies a signature over bytes.
    ///
    /// - Parameters:
    ///   - bytes: The signed bytes.
    ///   - signature: DER of r and s for ECDSA, as long as the modulus for RSA.
    ///   - algorithm: The algorithm, which must match the key.
    /// - Returns: Whether it is valid; false for a malformed signature too.
    package func signed(
        _ bytes: some Sequence<UInt8>,
        signature: some Sequence<UInt8>,
        algorithm: SignatureAlgorithm
    ) -> Bool {
        let signature = Array(signature)
        if algorithm.scheme == .ecdsa {
            guard let width = coordinateWidth, let raw = DerField.signature(signature, width: width) else {
                return false
            }
            return signed(bytes, rawSignature: raw, hash: algorithm.hash)
        }
        guard case .rsa(let key) = self else { return false }
        let padding: _RSA.Signing.Padding = algorithm.scheme == .rsaPSS ? .PSS : .insecurePKCS1v1_5
        return algorithm.hash.digest(of: Array(bytes)).isSigned(by: key, Data(signature), padding)
    }

    /// The size of r and s in bytes; nil for an RSA key.
    private var coordinateWidth: Int? {
        switch self {
        case .p256: 32
        case .p384: 48
        case .p521: 66
        case .rsa: nil
        }
    }

    /// Verifies an ECDSA signature that is given as r and s.
    ///
    /// - Parameters:
    ///   - bytes: The signed bytes.
    ///   - rawSignature: r and s, big-endian, each as long as the curve's coordinates.
    ///   - hash: The hash algorithm.
    /// - Returns: Whether it is valid; false for another length and for an RSA key.
    package func signed(
        _ bytes: some Sequence<UInt8>,
        rawSignature: some Sequence<UInt8>,
        hash: HashAlgorithm
    ) -> Bool {
        let digest = hash.digest(of: Array(bytes))
        let signature = Data(rawSignature)
        switch self {
        case .p256(let key):
            return (try? P256.Signing.ECDSASignature(rawRepresentation: signature))
                .map { digest.isSigned(by: key, $0) } ?? false
        case .p384(let key):
            return (try? P384.Signing.ECDSASignature(rawRepresentation: signature))
                .map { digest.isSigned(by: key, $0) } ?? false
        case .p521(let key):
            return (try? P521.Signing.ECDSASignature(rawRepresentation: signature))
                .map { digest.isSigned(by: key, $0) } ?? false
        case .rsa: return false
        }
    }
}
