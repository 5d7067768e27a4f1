package import Crypto
import CryptoExtras
import FoundationEssentials

/// A hash algorithm of attestation evidence.
package enum HashAlgorithm: String, Sendable, Hashable {
    /// For old event logs only; SHA-1 signatures are refused unless a policy tolerates them.
    case sha1
    case sha256
    case sha384
    case sha512

    /// Hashes bytes.
    package func digest(of bytes: [UInt8]) -> MessageDigest {
        switch self {
        case .sha1: .sha1(Insecure.SHA1.hash(data: bytes))
        case .sha256: .sha256(SHA256.hash(data: bytes))
        case .sha384: .sha384(SHA384.hash(data: bytes))
        case .sha512: .sha512(SHA512.hash(data: bytes))
        }
    }

    /// The size of a digest, in bytes.
    package var byteCount: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }
}

/// A digest with its algorithm.
package enum MessageDigest: Sendable {
    case sha1(Insecure.SHA1Digest)
    case sha256(SHA256Digest)
    case sha384(SHA384Digest)
    case sha512(SHA512Digest)

    /// The digest's bytes.
    package var bytes: [UInt8] {
        switch self {
        case .sha1(let digest): Array(digest)
        case .sha256(let digest): Array(digest)
        case .sha384(let digest): Array(digest)
        case .sha512(let digest): Array(digest)
        }
    }

    func isSigned(by key: P256.Signing.PublicKey, _ signature: P256.Signing.ECDSASignature) -> Bool {
        switch self {
        case .sha1(let digest): key.isValidSignature(signature, for: digest)
        case .sha256(let digest): key.isValidSignature(signature, for: digest)
        case .sha384(let digest): key.isValidSignature(signature, for: digest)
        case .sha512(let digest): key.isValidSignature(signature, for: digest)
        }
    }

    func isSigned(by key: P384.Signing.PublicKey, _ signature: P384.Signing.ECDSASignature) -> Bool {
        switch self {
        case .sha1(let digest): key.isValidSignature(signature, for: digest)
        case .sha256(let digest): key.isValidSignature(signature, for: digest)
        case .sha384(let digest): key.isValidSignature(signature, for: digest)
        case .sha512(let digest): key.isValidSignature(signature, for: digest)
        }
    }

    func isSigned(by key: P521.Signing.PublicKey, _ signature: P521.Signing.ECDSASignature) -> Bool {
        switch self {
        case .sha1(let digest): key.isValidSignature(signature, for: digest)
        case .sha256(let digest): key.isValidSignature(signature, for: digest)
        case .sha384(let digest): key.isValidSignature(signature, for: digest)
        case .sha512(let digest): key.isValidSignature(signature, for: digest)
        }
    }

    func isSigned(by key: _RSA.Signing.PublicKey, _ signature: Data, _ padding: _RSA.Signing.Padding) -> Bool {
        let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
        return switch self {
        case .sha1(let digest): key.isValidSignature(signature, for: digest, padding: padding)
        case .sha256(let digest): key.isValidSignature(signature, for: digest, padding: padding)
        case .sha384(let digest): key.isValidSignature(signature, for: digest, padding: padding)
        case .sha512(let digest): key.isValidSignature(signature, for: digest, padding: padding)
        }
    }
}
