/// A public key for encryption to the machine, in the form of RFC 9458 §3: X25519, HKDF-SHA256, AES-256-GCM.
///
/// There is one suite and one identifier, so that the public key alone says everything: a reader takes no other.
package struct HpkeKeyConfiguration: Sendable, Equatable {
    /// How many bytes a public key of X25519 has.
    package static let publicKeySize = 32
    /// The media type of ``encoded``.
    package static let mediaType = "application/ohttp-keys"

    /// Key 0, KEM 0x0020; the suites behind the key take four bytes: KDF 0x0001, AEAD 0x0002.
    private static let start: [UInt8] = [0, 0x00, 0x20]
    private static let end: [UInt8] = [0, 4, 0x00, 0x01, 0x00, 0x02]

    /// The raw public key.
    package let publicKey: [UInt8]

    /// States a key.
    ///
    /// - Parameter publicKey: ``publicKeySize`` bytes; fewer are a defect of the caller.
    package init(publicKey: [UInt8]) {
        precondition(publicKey.count == Self.publicKeySize, "X25519 has public keys of \(Self.publicKeySize) bytes")
        self.publicKey = publicKey
    }

    /// Reads a list of one key.
    ///
    /// - Parameter encoded: As ``encoded`` writes it.
    /// - Throws: `transport.key-invalid` for anything else.
    package init(encoded: [UInt8]) throws(TransportError) {
        let key = Array(encoded.dropFirst(2 + Self.start.count).prefix(Self.publicKeySize))
        guard key.count == Self.publicKeySize, Self(publicKey: key).encoded == encoded else {
            throw TransportError(
                .keyInvalid,
                subject: "hpkeKeys",
                expected: "one key of X25519 with HKDF-SHA256 and AES-256-GCM, as RFC 9458 writes it",
                found: "\(encoded.count) other bytes"
            )
        }
        publicKey = key
    }

    /// A list of this one key behind its length.
    package var encoded: [UInt8] {
        let configuration = Self.start + publicKey + Self.end
        return [UInt8(configuration.count >> 8), UInt8(configuration.count & 0xff)] + configuration
    }
}
