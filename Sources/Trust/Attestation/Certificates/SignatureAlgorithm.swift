import SwiftASN1

/// The signature algorithm of a certificate, a revocation list or a quote.
package struct SignatureAlgorithm: Sendable, Hashable {
    /// The signature scheme.
    package enum Scheme: Sendable, Hashable {
        case ecdsa
        case rsaPKCS1
        /// With MGF1 of the same hash and a salt as long as the digest.
        case rsaPSS
    }

    /// The signature scheme.
    package let scheme: Scheme
    /// The hash algorithm.
    package let hash: HashAlgorithm

    package init(_ scheme: Scheme, _ hash: HashAlgorithm) {
        self.scheme = scheme
        self.hash = hash
    }

    private static let named: [String: SignatureAlgorithm] = [
        "1.2.840.10045.4.3.2": SignatureAlgorithm(.ecdsa, .sha256),
        "1.2.840.10045.4.3.3": SignatureAlgorithm(.ecdsa, .sha384),
        "1.2.840.10045.4.3.4": SignatureAlgorithm(.ecdsa, .sha512),
        "1.2.840.113549.1.1.11": SignatureAlgorithm(.rsaPKCS1, .sha256),
        "1.2.840.113549.1.1.12": SignatureAlgorithm(.rsaPKCS1, .sha384),
        "1.2.840.113549.1.1.13": SignatureAlgorithm(.rsaPKCS1, .sha512),
    ]
    private static let hashes: [String: HashAlgorithm] = [
        "2.16.840.1.101.3.4.2.1": .sha256, "2.16.840.1.101.3.4.2.2": .sha384, "2.16.840.1.101.3.4.2.3": .sha512,
    ]
    private static let pss = "1.2.840.113549.1.1.10"
    private static let mgf1 = "1.2.840.113549.1.1.8"

    /// Parses an AlgorithmIdentifier.
    ///
    /// The parameters of RSASSA-PSS (RFC 4055) must be explicit, with two equal hashes and a salt of the same length:
    /// vendors use no others, and the defaults are SHA-1.
    init?(_ node: ASN1Node) {
        guard case .some(let parts) = DerField.children(node), let name = parts.first.flatMap(DerField.identifier)
        else {
            return nil
        }
        if name == Self.pss {
            guard parts.count == 2, let hash = Self.pssHash(parts[1]) else { return nil }
            self.init(.rsaPSS, hash)
        } else {
            guard let algorithm = Self.named[name] else { return nil }
            self = algorithm
        }
    }

    private static func pssHash(_ parameters: ASN1Node) -> HashAlgorithm? {
        var hash: HashAlgorithm?
        var maskHash: HashAlgorithm?
        var salt: UInt64?
        for tagged in DerField.children(parameters) ?? [] {
            guard let inner = DerField.children(tagged), inner.count == 1 else { return nil }
            switch tagged.identifier {
            case ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific): hash = hashName(inner[0])
            case ASN1Identifier(tagWithNumber: 1, tagClass: .contextSpecific):
                guard let mask = DerField.children(inner[0]), mask.count == 2, DerField.identifier(mask[0]) == mgf1
                else { return nil }
                maskHash = hashName(mask[1])
            case ASN1Identifier(tagWithNumber: 2, tagClass: .contextSpecific): salt = DerField.integer(inner[0])
            case ASN1Identifier(tagWithNumber: 3, tagClass: .contextSpecific):
                guard DerField.integer(inner[0]) == 1 else { return nil }
            default: return nil
            }
        }
        guard let hash, hash == maskHash, salt == UInt64(hash.byteCount) else { return nil }
        return hash
    }

    private static func hashName(_ node: ASN1Node) -> HashAlgorithm? {
        DerField.children(node)?.first.flatMap(DerField.identifier).flatMap { hashes[$0] }
    }
}
