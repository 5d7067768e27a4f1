import Crypto
import CryptoExtras
import FoundationEssentials

/// A credential challenge (`TPM2_MakeCredential`), which proves that an attestation key is in the TPM of an endorsement
/// key.
///
/// The verifier creates it, and the TPM returns the secret with `TPM2_ActivateCredential`. See the TPM 2.0 Library,
/// Part 1, section 24. A challenge is valid for one answer; create a new one for each.
public struct CredentialChallenge: Sendable {
    /// `TPM2B_ID_OBJECT`: the encrypted secret.
    public let credentialBlob: [UInt8]
    /// `TPM2B_ENCRYPTED_SECRET`: the seed, encrypted for the endorsement key.
    public let encryptedSecret: [UInt8]

    private static let secretByteCount = 32
    private let secret: [UInt8]
    private let attestationKey: TpmPublicArea
    private let endorsementKey: EndorsementKey

    /// Creates a challenge.
    ///
    /// - Parameters:
    ///   - attestationKey: The attestation key to verify: `TPMT_PUBLIC` or `TPM2B_PUBLIC`.
    ///   - endorsementKey: The TPM's certified endorsement key.
    ///   - generator: A cryptographically secure random number generator.
    /// - Throws: `evidence.*` for a malformed attestation key, `tpm.credential-key-unsupported`.
    public init(
        for attestationKey: [UInt8],
        endorsementKey: EndorsementKey,
        using generator: inout some RandomNumberGenerator
    ) throws(AttestationError) {
        let area = try TpmPublicArea(parsing: attestationKey)
        let secret = Self.random(Self.secretByteCount, &generator)
        let sealed = try Self.seal(secret, name: area.name, for: endorsementKey.publicArea, &generator)
        self.secret = secret
        self.attestationKey = area
        self.endorsementKey = endorsementKey
        credentialBlob = sealed.blob
        encryptedSecret = sealed.secret
    }

    /// Verifies the TPM's answer.
    ///
    /// - Parameter answer: The result of `TPM2_ActivateCredential`.
    /// - Returns: The attestation key, proved to be in the endorsement key's TPM.
    /// - Throws: `tpm.credential-mismatch`.
    public func activatedKey(returning answer: [UInt8]) throws(AttestationError) -> ActivatedKey {
        // Constant-time comparison: the time does not depend on which byte differs.
        let difference = zip(secret, answer).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 }
        guard answer.count == secret.count, difference == 0 else {
            throw AttestationError(TpmCheck.credentialMismatch, subject: "credential", fields: ["certInfo"])
        }
        return ActivatedKey(attestationKey, endorsementKey)
    }

    private static func random(_ count: Int, _ generator: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    private static func seal(
        _ secret: [UInt8],
        name: [UInt8],
        for key: TpmPublicArea,
        _ generator: inout some RandomNumberGenerator
    ) throws(AttestationError) -> (blob: [UInt8], secret: [UInt8]) {
        guard let bits = key.cipherKeyInBits, key.nameHash != .sha1 else { throw unsupported("symmetric") }
        let shared = try share(key, &generator)
        let hash = key.nameHash
        let cipherKey = TpmKeyDerivation.key(
            hash,
            secret: shared.seed,
            label: "STORAGE",
            context: name,
            bits: Int(bits)
        )
        let authenticationKey =
            TpmKeyDerivation.key(hash, secret: shared.seed, label: "INTEGRITY", bits: hash.byteCount * 8)
        guard let vector = try? AES._CFB.IV(ivBytes: [UInt8](repeating: 0, count: 16)),
            let sealed = try? AES._CFB.encrypt(sized(secret), using: SymmetricKey(data: cipherKey), iv: vector)
        else { throw unsupported("symmetric") }
        let authentication = TpmKeyDerivation.authentication(hash, key: authenticationKey, Array(sealed) + name)
        return (sized(sized(authentication) + Array(sealed)), sized(shared.encrypted))
    }

    /// Creates a seed and encrypts it for the endorsement key.
    private static func share(
        _ key: TpmPublicArea,
        _ generator: inout some RandomNumberGenerator
    ) throws(AttestationError) -> (seed: [UInt8], encrypted: [UInt8]) {
        let hash = key.nameHash
        switch key.key {
        case .rsa(let modulus, let exponent):
            guard modulus.count >= 256, modulus.count <= 1024, let power = ModularExponentiation(modulus: modulus)
            else {
                throw unsupported("unique")
            }
            let seed = random(hash.byteCount, &generator)
            let padded = TpmKeyDerivation.padded(
                seed,
                label: "IDENTITY",
                hash,
                width: modulus.count,
                seed: random(hash.byteCount, &generator)
            )
            return (seed, power.power(padded, exponent))
        case .elliptic(let curve, _, _):
            let point = key.uncompressedPoint
            let width = curve.byteCount
            guard let (ephemeral, shared) = agree(curve, point, &generator) else { throw unsupported("unique") }
            let x = Array(ephemeral[1...width])
            let y = Array(ephemeral[(width + 1)...])
            let fixed = Array(point[1...width])
            let seed = TpmKeyDerivation.secret(hash, shared: shared, label: "IDENTITY", ephemeral: x, fixed: fixed)
            return (seed, sized(x) + sized(y))
        }
    }

    /// An ephemeral point, and the x coordinate of the shared point; nil where the other point is not on the curve.
    private static func agree(
        _ curve: TpmPublicArea.Curve,
        _ point: [UInt8],
        _ generator: inout some RandomNumberGenerator
    ) -> (ephemeral: [UInt8], shared: [UInt8])? {
        // A random number is almost always below the curve's order; otherwise another one is drawn.
        for _ in 0..<64 {
            let scalar = random(curve.byteCount, &generator)
            switch curve {
            case .p256:
                guard let key = try? P256.KeyAgreement.PrivateKey(rawRepresentation: scalar) else { continue }
                let other = try? P256.KeyAgreement.PublicKey(x963Representation: point)
                let shared = other.flatMap { try? key.sharedSecretFromKeyAgreement(with: $0) }
                return shared.map { (Array(key.publicKey.x963Representation), Array(SymmetricBytes($0))) }
            case .p384:
                guard let key = try? P384.KeyAgreement.PrivateKey(rawRepresentation: scalar) else { continue }
                let other = try? P384.KeyAgreement.PublicKey(x963Representation: point)
                let shared = other.flatMap { try? key.sharedSecretFromKeyAgreement(with: $0) }
                return shared.map { (Array(key.publicKey.x963Representation), Array(SymmetricBytes($0))) }
            case .p521: return nil
            }
        }
        return nil
    }

    private static func sized(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8(truncatingIfNeeded: bytes.count >> 8), UInt8(truncatingIfNeeded: bytes.count)] + bytes
    }

    private static func unsupported(_ field: String) -> AttestationError {
        AttestationError(TpmCheck.credentialKeyUnsupported, subject: "endorsement key", fields: [field])
    }
}

/// The bytes of a shared secret.
private struct SymmetricBytes: Sequence {
    private let bytes: [UInt8]

    init(_ secret: SharedSecret) {
        // Safe: the bytes are copied before the closure ends.
        bytes = unsafe secret.withUnsafeBytes { unsafe Array($0) }
    }

    func makeIterator() -> Array<UInt8>.Iterator { bytes.makeIterator() }
}
