import Diagnostics

/// A client's nonce: 32 random bytes, good for one answer.
package struct Challenge: Sendable, Hashable {
    /// How many bytes it has.
    package static let size = 32

    /// Its bytes.
    package let bytes: [UInt8]

    /// Takes bytes.
    ///
    /// - Parameter bytes: ``size`` of them; nil for another number.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = bytes
    }

    /// Reads the form that goes over the network.
    ///
    /// - Parameter hexadecimal: Exactly 64 digits.
    /// - Throws: `evidence.nonce-invalid` for anything else; what was sent does not stand in it.
    package init(hexadecimal: String?) throws(TransportError) {
        // The length first: nothing is read of an overlong one.
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

    /// Makes one that nobody can foresee.
    ///
    /// - Returns: A fresh challenge, from the system's generator.
    package static func random() -> Challenge {
        var generator = SystemRandomNumberGenerator()
        return Challenge(unchecked: (0..<size).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// The form that goes over the network.
    package var hexadecimal: String { Hexadecimal.text(bytes) }

    private init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }
}
