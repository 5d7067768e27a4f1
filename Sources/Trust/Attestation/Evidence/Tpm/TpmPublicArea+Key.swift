import Crypto
import CryptoExtras
import FoundationEssentials

extension TpmPublicArea {
    /// The key in DER, as certificates hold it.
    ///
    /// - Parameter subject: Whose key it is, for the error.
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

    /// A point as X9.63 writes it, its halves as wide as the curve; empty for RSA.
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
    /// A number with zeros before it, so that it has a width; wider ones stay as they are.
    func padded(to count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: Swift.max(0, count - self.count)) + self
    }
}
