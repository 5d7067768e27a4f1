package import Attestation
import Crypto
import FoundationEssentials

/// Encodes evidence for a certificate extension as interoperable RA-TLS does: CBOR tag 60000 on an array of evidence
/// and claims.
///
/// The claims contain the hash of the certificate's key; the evidence contains SHA-256 of the claims. It has no
/// freshness, so our own client ignores it and requests evidence with a nonce (``EvidenceDocument``).
package struct CertificateEvidence: Sendable {
    /// The object identifier of TCG DICE's tagged evidence.
    package static let identifier: [UInt] = [2, 23, 133, 5, 4, 9]
    /// The largest evidence in a certificate, in bytes; TLS libraries refuse chains of more than about 100 KiB.
    package static let maximumSize = 48 << 10
    /// Large parts that the certificate omits; the evidence document has them.
    private static let longParts: Set<String> = ["event_log", "ccel"]
    private static let tag: UInt64 = 60_000
    /// The identifier of SHA-256 in the registry of RFC 6920.
    private static let sha256: UInt64 = 1

    /// Encodes the claims about a key.
    ///
    /// - Parameter tlsPublicKey: SubjectPublicKeyInfo in DER.
    /// - Returns: A CBOR map with `pubkey-hash`.
    package static func claims(tlsPublicKey: [UInt8]) -> [UInt8] {
        let hash = Cbor.array([Cbor.unsigned(sha256), Cbor.bytes(Array(SHA256.hash(data: tlsPublicKey)))])
        return Cbor.map([(Cbor.text("pubkey-hash"), Cbor.bytes(hash))])
    }

    /// Encodes the extension's value.
    ///
    /// - Parameters:
    ///   - evidence: Evidence whose report data is the claims' digest.
    ///   - claims: The result of ``claims(tlsPublicKey:)``.
    /// - Returns: CBOR; nil where the evidence is larger than ``maximumSize``.
    package static func value(_ evidence: EvidenceBundle, claims: [UInt8]) -> [UInt8]? {
        let bytes = content(of: evidence)
        guard bytes.count <= maximumSize else { return nil }
        return Cbor.tagged(tag, Cbor.array([Cbor.bytes(bytes), Cbor.bytes(claims)]))
    }

    /// The quote alone for TDX and SGX; else the bundle, because other platforms have several parts.
    private static func content(of evidence: EvidenceBundle) -> [UInt8] {
        switch evidence.kind {
        case .tdx, .sgx: if let quote = evidence.parts["quote"] { return quote }
        default: break
        }
        let parts = evidence.parts.filter { !longParts.contains($0.key) }
        return Array(EvidenceBundle(kind: evidence.kind, parts: parts).json)
    }
}

/// The CBOR (RFC 8949) forms that a certificate's evidence needs, with shortest-form heads.
private enum Cbor {
    static func unsigned(_ value: UInt64) -> [UInt8] { head(0, value) }
    static func bytes(_ bytes: [UInt8]) -> [UInt8] { head(2, UInt64(bytes.count)) + bytes }
    static func text(_ text: String) -> [UInt8] { head(3, UInt64(text.utf8.count)) + Array(text.utf8) }
    static func array(_ elements: [[UInt8]]) -> [UInt8] { head(4, UInt64(elements.count)) + elements.flatMap(\.self) }
    static func tagged(_ tag: UInt64, _ value: [UInt8]) -> [UInt8] { head(6, tag) + value }

    static func map(_ pairs: [([UInt8], [UInt8])]) -> [UInt8] {
        head(5, UInt64(pairs.count)) + pairs.flatMap { $0 + $1 }
    }

    private static func head(_ major: UInt8, _ value: UInt64) -> [UInt8] {
        let width: (UInt8, Int) =
            switch value {
            case 0..<24: (UInt8(value), 0)
            case 24...0xff: (24, 1)
            case 0x100...0xffff: (25, 2)
            case 0x1_0000...0xffff_ffff: (26, 4)
            default: (27, 8)
            }
        return [major << 5 | width.0] + (0..<width.1).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
