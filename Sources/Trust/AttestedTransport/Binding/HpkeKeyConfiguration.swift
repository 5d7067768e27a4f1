/// The server's HPKE public key, encoded as in RFC 9458 §3: X25519, HKDF-SHA256, AES-256-GCM.
///
/// Suite and key identifier are fixed, so the public key determines the whole encoding; the decoder refuses any other
/// suite.
package struct HpkeKeyConfiguration: Sendable, Equatable {
    /// The size of an X25519 public key, in bytes.
    package static let publicKeySize = 32
    /// The media type of ``encoded``.
    package static let mediaType = "application/ohttp-keys"

    /// Key 0, KEM 0x0020; after the key, four bytes of suites: KDF 0x0001, AEAD 0x0002.
    private static let start: [UInt8] = [0, 0x00, 0x20]
    private static let end: [UInt8] = [0, 4, 0x00, 0x01, 0x00, 0x02]

    /// The raw public key.
    package let publicKey: [UInt8]

    /// Creates a configuration.
    ///
    /// - Parameter publicKey: ``publicKeySize`` bytes; another length is a programming error and traps.
    package init(publicKey: [UInt8]) {
        precondition(publicKey.count == Self.publicKeySize, "X25519 has public keys of \(Self.publicKeySize) bytes")
        self.publicKey = publicKey
    }

    /// Parses a list of exactly one key.
    ///
    /// - Parameter encoded: The bytes that ``encoded`` produces.
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

    /// The encoded list: a 16-bit length, then this one key configuration.
    package var encoded: [UInt8] {
        let configuration = Self.start + publicKey + Self.end
        return [UInt8(configuration.count >> 8), UInt8(configuration.count & 0xff)] + configuration
    }
}
