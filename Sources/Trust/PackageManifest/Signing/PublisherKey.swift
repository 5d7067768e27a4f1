import Crypto
import CryptoExtras
import Diagnostics
import Foundation
import SwiftASN1

/// How a package is signed.
package enum SigningAlgorithm: String, CaseIterable, Sendable {
    /// Ed25519 (RFC 8032).
    case ed25519
    /// ECDSA over P-384 with SHA-384; the signature is DER (FIPS 186-5, RFC 3279).
    case ecdsaP384 = "ecdsa-p384-sha384"
    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes (RFC 8017), 3072 to 8192 bits.
    case rsaPSS = "rsa-pss-sha384"
}

/// A public key that vouches for packages.
package struct PublisherKey: Sendable, Equatable {
    /// The smallest RSA key, in bits.
    static let smallestModulus = 3072

    private enum Key: Sendable {
        case ed25519(Curve25519.Signing.PublicKey)
        case ecdsaP384(P384.Signing.PublicKey)
        case rsaPSS(_RSA.Signing.PublicKey)
    }

    private let key: Key
    /// How this key signs.
    package let algorithm: SigningAlgorithm
    /// The key as SubjectPublicKeyInfo (RFC 5280) in DER.
    package let derRepresentation: [UInt8]

    /// Reads a key.
    ///
    /// - Parameters:
    ///   - der: SubjectPublicKeyInfo, in the one spelling that DER has.
    ///   - name: What messages call it.
    /// - Throws: `key.invalid`.
    package init(der: [UInt8], name: String) throws(PackageError) {
        let canonical: Data
        if let found = try? Curve25519.Signing.PublicKey(derRepresentation: der) {
            (key, algorithm, canonical) = (.ed25519(found), .ed25519, found.derRepresentation)
        } else if let found = try? P384.Signing.PublicKey(derRepresentation: der) {
            (key, algorithm, canonical) = (.ecdsaP384(found), .ecdsaP384, found.derRepresentation)
        } else if let found = try? _RSA.Signing.PublicKey(derRepresentation: der),
            (Self.smallestModulus...8192).contains(found.keySizeInBits)
        {
            (key, algorithm, canonical) = (.rsaPSS(found), .rsaPSS, found.derRepresentation)
        } else {
            throw Self.invalid(name)
        }
        guard Array(canonical) == der else { throw Self.invalid(name) }
        derRepresentation = der
    }

    /// The signer's identity: SHA-256 of the key in DER.
    package var identity: [UInt8] { Array(SHA256.hash(data: derRepresentation)) }

    package static func == (left: PublisherKey, right: PublisherKey) -> Bool {
        left.derRepresentation == right.derRepresentation
    }

    /// The key in PEM.
    package var pemRepresentation: String {
        PEMDocument(type: "PUBLIC KEY", derBytes: derRepresentation).pemString + "\n"
    }

    /// Whether this key's owner signed a message.
    ///
    /// - Parameters:
    ///   - signature: As its algorithm spells it; another spelling of a true signature counts as false.
    ///   - message: What was signed.
    /// - Returns: Whether it is true.
    package func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        switch key {
        case .ed25519(let key): return key.isValidSignature(signature, for: message)
        case .ecdsaP384(let key):
            guard let parsed = try? P384.Signing.ECDSASignature(derRepresentation: signature),
                Array(parsed.derRepresentation) == signature
            else { return false }
            return key.isValidSignature(parsed, for: message)
        case .rsaPSS(let key):
            guard signature.count == (key.keySizeInBits + 7) / 8 else { return false }
            let parsed = _RSA.Signing.RSASignature(rawRepresentation: signature)
            return key.isValidSignature(parsed, for: SHA384.hash(data: message), padding: .PSS)
        }
    }

    private static func invalid(_ name: String) -> PackageError {
        PackageError(
            .keyInvalid,
            subject: name,
            expected: "an Ed25519, ECDSA P-384 or RSA public key of 3072 to 8192 bits (SubjectPublicKeyInfo)",
            found: "something else"
        )
    }
}
