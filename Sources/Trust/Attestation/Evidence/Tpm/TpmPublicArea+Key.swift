import Crypto
import CryptoExtras
import FoundationEssentials

extension TpmPublicArea {
    /// Converts the key to SubjectPublicKeyInfo in DER.
    ///
    /// - Parameter subject: The key's owner, for errors.
    /// - Returns: SubjectPublicKeyInfo.
    /// - Throws: `certificate.algorithm-unsupported` for RSA below 2048 or above 8192 bits, or a point off its curve.
    func subjectPublicKeyInfo(subject: String) throws(AttestationError) -> [UInt8] {
        do {
            switch key {
            case .rsa(let modulus, let exponent):
                guard modulus.count <= 1024 else { throw CryptoKitError.incorrectKeySize }
                let bytes = withBigEndianBytes(exponent)
                return Array(try _RSA.Signing.PublicKey(n: modulus, e: bytes).derRepresentation)
            case .elliptic(let curve, _, _):
                let point = uncompressedPoint
                switch curve {
                case .p256: return Array(try P256.Signing.PublicKey(x963Representation: point).derRepresentation)
                case .p384: return Array(try P384.Signing.PublicKey(x963Representation: point).derRepresentation)
                case .p521: return Array(try P521.Signing.PublicKey(x963Representation: point).derRepresentation)
                }
            }
        } catch {
            throw AttestationError(
                CertificateCheck.algorithmUnsupported,
                subject: subject,
                fields: ["unique"],
                expected: "an RSA key of 2048 to 8192 bits, or a point of its curve"
            )
        }
    }

    /// The uncompressed point of X9.63, with coordinates as long as the curve's; empty for RSA.
    var uncompressedPoint: [UInt8] {
        guard case .elliptic(let curve, let x, let y) = key else { return [] }
        return [4] + x.padded(to: curve.byteCount) + y.padded(to: curve.byteCount)
    }

    private func withBigEndianBytes(_ number: UInt32) -> [UInt8] {
        let bytes = (0..<4).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        return Array(bytes.drop { $0 == 0 })
    }
}

extension Array where Element == UInt8 {
    /// Pads a big-endian number with leading zeros to a length; longer ones are unchanged.
    func padded(to count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: Swift.max(0, count - self.count)) + self
    }
}
