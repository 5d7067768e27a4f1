package import Crypto
import Diagnostics

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
package struct ContentDigest: Sendable, Hashable, CustomStringConvertible {
    /// The number of bytes of a digest.
    package static let byteCount = 32

    /// The digest's bytes, first byte first.
    package let bytes: [UInt8]

    package init(_ digest: SHA256.Digest) {
        bytes = Array(digest)
    }

    /// Parses the hexadecimal form.
    ///
    /// - Parameter text: 64 digits of either case; anything else gives nil.
    package init?(hexadecimal text: some StringProtocol) {
        guard let bytes = Hexadecimal.bytes(text), bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    package var description: String { Hexadecimal.text(bytes) }
}
