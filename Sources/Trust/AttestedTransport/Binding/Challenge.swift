import Diagnostics

/// A client's nonce: 32 random bytes, valid for one evidence request.
package struct Challenge: Sendable, Hashable {
    /// The size in bytes.
    package static let size = 32

    /// The nonce.
    package let bytes: [UInt8]

    /// Creates a challenge from bytes.
    ///
    /// - Parameter bytes: ``size`` bytes; nil for another number.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = bytes
    }

    /// Parses the hexadecimal form of the `nonce` query parameter.
    ///
    /// - Parameter hexadecimal: Exactly 64 digits.
    /// - Throws: `evidence.nonce-invalid` for anything else; the error does not repeat the input.
    package init(hexadecimal: String?) throws(TransportError) {
        // The length is checked first, so that an overlong text is not parsed.
        guard let hexadecimal, hexadecimal.utf8.count == 2 * Self.size,
            let bytes = Hexadecimal.bytes(hexadecimal)
        else {
            throw TransportError(
                .nonceInvalid,
                subject: "nonce",
                expected: "\(2 * Self.size) hexadecimal digits",
                found: hexadecimal.map { "\($0.utf8.count) bytes" } ?? "none"
            )
        }
        self.bytes = bytes
    }

    /// Creates an unpredictable challenge.
    ///
    /// - Returns: A fresh challenge from the system's random number generator.
    package static func random() -> Challenge {
        var generator = SystemRandomNumberGenerator()
        return Challenge(unchecked: (0..<size).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// The hexadecimal form for the `nonce` query parameter.
    package var hexadecimal: String { Hexadecimal.text(bytes) }

    private init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }
}
