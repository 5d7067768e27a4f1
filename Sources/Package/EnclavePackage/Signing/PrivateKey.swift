import Crypto
import CryptoExtras
import Files
import Foundation
package import PackageManifest
import SwiftASN1

/// A private key that signs packages.
package struct PrivateKey: Signer {
    private enum Key: Sendable {
        case ed25519(Curve25519.Signing.PrivateKey)
        case ecdsaP384(P384.Signing.PrivateKey)
        case rsaPSS(_RSA.Signing.PrivateKey)
    }

    private let key: Key
    package let publicKey: PublisherKey

    /// Generates a key.
    ///
    /// - Parameter algorithm: The algorithm; RSA keys have 3072 bits.
    /// - Throws: `key.invalid` where generation fails.
    package init(generating algorithm: SigningAlgorithm) throws(PackageError) {
        do {
            let key: Key =
                switch algorithm {
                case .ed25519: .ed25519(Curve25519.Signing.PrivateKey())
                case .ecdsaP384: .ecdsaP384(P384.Signing.PrivateKey())
                case .rsaPSS: .rsaPSS(try _RSA.Signing.PrivateKey(keySize: .bits3072))
                }
            try self.init(key, name: "a new key")
        } catch let error as PackageError {
            throw error
        } catch {
            throw PackageError(.keyInvalid, subject: "a new key", expected: "a key", found: "\(error)")
        }
    }

    /// Reads a key from a PEM file: PKCS #8, PKCS #1 (RSA) or SEC 1 (EC), without a pass phrase.
    ///
    /// - Parameter path: The file.
    /// - Throws: `package.input-missing`, `key.invalid`.
    package init(reading path: String) throws(PackageError) {
        let block = try PEMDocument.first(in: path, wanted: "a private key") { $0.hasSuffix("PRIVATE KEY") }
        guard block.discriminator != "ENCRYPTED PRIVATE KEY" else {
            throw PackageError(
                .keyInvalid,
                subject: path,
                expected: "a key without a pass phrase; for one with, give a command that signs (--signer-command)",
                found: "an encrypted key"
            )
        }
        let der = block.derBytes
        // The library also accepts an X25519 key, whose object identifier differs.
        if let key = try? Curve25519.Signing.PrivateKey(derRepresentation: der), Array(key.derRepresentation) == der {
            try self.init(.ed25519(key), name: path)
        } else if let key = try? P384.Signing.PrivateKey(derRepresentation: der) {
            try self.init(.ecdsaP384(key), name: path)
        } else if let key = try? _RSA.Signing.PrivateKey(derRepresentation: der) {
            try self.init(.rsaPSS(key), name: path)
        } else {
            throw PackageError(
                .keyInvalid,
                subject: path,
                expected: "an Ed25519, ECDSA P-384 or RSA private key of 3072 to 8192 bits",
                found: "something else"
            )
        }
    }

    private init(_ key: Key, name: String) throws(PackageError) {
        let der =
            switch key {
            case .ed25519(let key): key.publicKey.derRepresentation
            case .ecdsaP384(let key): key.publicKey.derRepresentation
            case .rsaPSS(let key): key.publicKey.derRepresentation
            }
        self.key = key
        publicKey = try PublisherKey(der: Array(der), name: name)
    }

    /// The key as PKCS #8 in PEM.
    package var pemRepresentation: String {
        let text =
            switch key {
            case .ed25519(let key): key.pemRepresentation
            case .ecdsaP384(let key): key.pemRepresentation
            case .rsaPSS(let key): key.pkcs8PEMRepresentation
            }
        return text.hasSuffix("\n") ? text : text + "\n"
    }

    package func sign(_ message: [UInt8]) throws(PackageError) -> [UInt8] {
        do {
            return switch key {
            case .ed25519(let key): Array(try key.signature(for: message))
            case .ecdsaP384(let key): Array(try key.signature(for: message).derRepresentation)
            case .rsaPSS(let key):
                Array(try key.signature(for: SHA384.hash(data: message), padding: .PSS).rawRepresentation)
            }
        } catch {
            throw PackageError(.keyInvalid, subject: "the private key", expected: "a key that signs", found: "\(error)")
        }
    }
}

extension PrivateKey {
    /// Writes the private key, with permissions 0600, and the public key as `NAME.pub.pem` beside it.
    ///
    /// - Parameters:
    ///   - path: The private key's file.
    ///   - replacing: Whether existing files are replaced.
    /// - Throws: `package.output-exists`, `package.unwritable`.
    package func write(to path: String, replacing: Bool) throws(PackageError) {
        let base = path.hasSuffix(".pem") ? String(path.dropLast(4)) : path
        // Both names are checked before either file is created.
        let privateFile = try AtomicFile<PackageError>(path, replacing: replacing, permissions: 0o600)
        let publicFile = try AtomicFile<PackageError>("\(base).pub.pem", replacing: replacing)
        try privateFile.file.write(Array(pemRepresentation.utf8)[...], at: 0)
        try publicFile.file.write(Array(publicKey.pemRepresentation.utf8)[...], at: 0)
        try publicFile.commit()
        try privateFile.commit()
    }
}
