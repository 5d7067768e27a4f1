import Attestation
import Crypto
import Foundation

/// A certificate authority for cases that no genuine certificate covers; it encodes certificates and lists by hand.
struct TestAuthority {
    let key = P256.Signing.PrivateKey()
    let name: String

    var anchor: TrustAnchor {
        TrustAnchor(
            name: name,
            kinds: [.snp],
            fingerprint: String(repeating: "0", count: 64),
            publicKey: Array(key.publicKey.derRepresentation),
            origin: "this test"
        )
    }

    /// The fields of a certificate, which tests change.
    struct Wish {
        var subject = "leaf"
        var serial: UInt8 = 7
        var notBefore = "20250101000000Z"
        var notAfter = "20300101000000Z"
        /// nil for no authority, else the maximum path length, negative for no limit.
        var pathLength: Int?
        /// Whether there is a critical extension that no verifier knows.
        var hasUnknownExtension = false
        var usage: UInt8?
    }

    /// Issues a certificate for a key.
    func certificate(_ wish: Wish, key subject: P256.Signing.PublicKey) throws -> Certificate {
        try certificate(wish, subjectPublicKeyInfo: Array(subject.derRepresentation))
    }

    /// Issues a certificate for a key of any kind.
    func certificate(_ wish: Wish, subjectPublicKeyInfo subject: [UInt8]) throws -> Certificate {
        var extensions: [UInt8] = []
        if let length = wish.pathLength {
            let content = Der.bool(true) + (length < 0 ? [] : Der.wrap(0x02, [UInt8(length)]))
            extensions += Der.sequence(
                Der.oid([0x55, 0x1D, 0x13]) + Der.bool(true) + Der.wrap(0x04, Der.sequence(content))
            )
        }
        if let usage = wish.usage {
            extensions += Der.sequence(
                Der.oid([0x55, 0x1D, 0x0F]) + Der.bool(true) + Der.wrap(0x04, Der.wrap(0x03, [0, usage]))
            )
        }
        if wish.hasUnknownExtension {
            extensions += Der.sequence(Der.oid([0x2A, 0x03]) + Der.bool(true) + Der.wrap(0x04, [0x05, 0x00]))
        }
        let dates = Der.sequence(Der.time(wish.notBefore) + Der.time(wish.notAfter))
        let signed = Der.sequence(
            Der.wrap(0xA0, Der.wrap(0x02, [2])) + Der.wrap(0x02, [wish.serial]) + Der.algorithm + Der.name(name) + dates
                + Der.name(wish.subject) + subject
                + (extensions.isEmpty ? [] : Der.wrap(0xA3, Der.sequence(extensions)))
        )
        return try Certificate(der: try sign(signed), role: wish.subject)
    }

    /// Issues a certificate of another authority's name and key, in DER.
    func issuer(subject: [UInt8], publicKey: [UInt8], serial: UInt8) throws -> [UInt8] {
        let constraint = Der.sequence(
            Der.oid([0x55, 0x1D, 0x13]) + Der.bool(true)
                + Der.wrap(0x04, Der.sequence(Der.bool(true) + Der.wrap(0x02, [0])))
        )
        let dates = Der.sequence(Der.time("20250101000000Z") + Der.time("20300101000000Z"))
        return try sign(
            Der.sequence(
                Der.wrap(0xA0, Der.wrap(0x02, [2])) + Der.wrap(0x02, [serial]) + Der.algorithm + Der.name(name) + dates
                    + subject + publicKey + Der.wrap(0xA3, Der.sequence(constraint))
            )
        )
    }

    /// Issues a revocation list.
    func list(
        withdrawing serials: [UInt8],
        thisUpdate: String = "20250601000000Z",
        nextUpdate: String = "20250801000000Z"
    ) throws -> RevocationList {
        try RevocationList(
            der: der(withdrawing: serials, thisUpdate: thisUpdate, nextUpdate: nextUpdate),
            role: "list"
        )
    }

    /// Issues a revocation list in DER.
    func der(
        withdrawing serials: [UInt8],
        thisUpdate: String,
        nextUpdate: String = "20250801000000Z"
    ) throws -> [UInt8] {
        let entries = serials.map { Der.sequence(Der.wrap(0x02, [$0]) + Der.time(thisUpdate)) }.flatMap(\.self)
        let signed = Der.sequence(
            Der.wrap(0x02, [1]) + Der.algorithm + Der.name(name) + Der.time(thisUpdate) + Der.time(nextUpdate)
                + (entries.isEmpty ? [] : Der.sequence(entries))
        )
        return try sign(signed)
    }

    private func sign(_ signed: [UInt8]) throws -> [UInt8] {
        let signature = try key.signature(for: signed).derRepresentation
        return Der.sequence(signed + Der.algorithm + Der.wrap(0x03, [0] + Array(signature)))
    }
}

/// A minimal DER encoder.
enum Der {
    static let algorithm = sequence(oid([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02]))

    static func wrap(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        switch content.count {
        case 0..<128: [tag, UInt8(content.count)] + content
        case 128..<256: [tag, 0x81, UInt8(content.count)] + content
        default: [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
        }
    }

    static func sequence(_ content: [UInt8]) -> [UInt8] { wrap(0x30, content) }
    static func oid(_ content: [UInt8]) -> [UInt8] { wrap(0x06, content) }
    static func bool(_ value: Bool) -> [UInt8] { wrap(0x01, [value ? 0xFF : 0]) }
    static func time(_ text: String) -> [UInt8] { wrap(0x18, Array(text.utf8)) }

    static func name(_ text: String) -> [UInt8] {
        sequence(wrap(0x31, sequence(oid([0x55, 0x04, 0x03]) + wrap(0x0C, Array(text.utf8)))))
    }
}
