import Crypto
import FoundationEssentials

/// The key derivations of TPM 2.0 (Library, Part 1, 11.4.10).
enum TpmKeyDerivation {
    /// KDFa: derives a key from a secret.
    ///
    /// - Returns: `bits` bits, which must be a multiple of 8.
    static func key(
        _ hash: HashAlgorithm,
        secret: [UInt8],
        label: String,
        context: [UInt8] = [],
        bits: Int
    ) -> [UInt8] {
        blocks(hash, bits) { counter in
            authentication(hash, key: secret, counter + Array(label.utf8) + [0] + context + bigEndian(UInt32(bits)))
        }
    }

    /// KDFe: derives a secret from the x coordinates of a shared point, the ephemeral key and the static key.
    static func secret(
        _ hash: HashAlgorithm,
        shared: [UInt8],
        label: String,
        ephemeral: [UInt8],
        fixed: [UInt8]
    ) -> [UInt8] {
        blocks(hash, hash.byteCount * 8) { counter in
            hash.digest(of: counter + shared + Array(label.utf8) + [0] + ephemeral + fixed).bytes
        }
    }

    /// HMAC.
    static func authentication(_ hash: HashAlgorithm, key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        let key = SymmetricKey(data: key)
        return switch hash {
        case .sha1: Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: key))
        case .sha256: Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
        case .sha384: Array(HMAC<SHA384>.authenticationCode(for: message, using: key))
        case .sha512: Array(HMAC<SHA512>.authenticationCode(for: message, using: key))
        }
    }

    /// OAEP padding with a label (RFC 8017, 7.1.1).
    ///
    /// - Parameters:
    ///   - message: At most the modulus's length minus two digests and two bytes.
    ///   - label: The purpose; a zero byte is appended, as the TPM does.
    ///   - hash: The hash algorithm of label and masks.
    ///   - width: The modulus's length in bytes.
    ///   - seed: Random, as long as a digest.
    /// - Returns: As long as the modulus, and less than it.
    static func padded(
        _ message: [UInt8],
        label: String,
        _ hash: HashAlgorithm,
        width: Int,
        seed: [UInt8]
    ) -> [UInt8] {
        let zeros = [UInt8](repeating: 0, count: width - message.count - 2 * hash.byteCount - 2)
        let data = hash.digest(of: Array(label.utf8) + [0]).bytes + zeros + [1] + message
        let maskedData = zip(data, mask(hash, seed, data.count)).map { $0 ^ $1 }
        let maskedSeed = zip(seed, mask(hash, maskedData, seed.count)).map { $0 ^ $1 }
        return [0] + maskedSeed + maskedData
    }

    /// MGF1.
    private static func mask(_ hash: HashAlgorithm, _ seed: [UInt8], _ count: Int) -> [UInt8] {
        var mask: [UInt8] = []
        var counter: UInt32 = 0
        while mask.count < count {
            mask += hash.digest(of: seed + bigEndian(counter)).bytes
            counter += 1
        }
        return Array(mask.prefix(count))
    }

    private static func blocks(_ hash: HashAlgorithm, _ bits: Int, _ block: ([UInt8]) -> [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var counter: UInt32 = 1
        while bytes.count < bits / 8 {
            bytes += block(bigEndian(counter))
            counter += 1
        }
        return Array(bytes.prefix(bits / 8))
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] {
        (0..<4).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
