/// Bytes that a document holds as a string in base64 (RFC 4648, section 4), with padding and without line breaks.
package struct Base64Bytes: Hashable, Sendable {
    /// The bytes.
    package let bytes: [UInt8]

    /// Wraps bytes.
    package init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    /// Reads a text.
    ///
    /// It is nil for a character outside the alphabet, for wrong padding, and for unused bits that are not zero: bytes
    /// have one spelling.
    ///
    /// - Parameter ascii: Characters in ASCII.
    package init?(ascii: [UInt8]) {
        guard ascii.count % 4 == 0 else { return nil }
        let padding = ascii.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(ascii.count / 4 * 3)
        var bits: UInt32 = 0
        var count = 0
        for character in ascii.dropLast(padding) {
            let value = Self.values[Int(character)]
            guard value < 64 else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        guard bits & (1 << UInt32(count) - 1) == 0 else { return nil }
        self.bytes = bytes
    }

    /// The bytes in base64.
    package var text: String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var bits = UInt32(bytes[start]) << 16
            if count > 1 { bits |= UInt32(bytes[start + 1]) << 8 }
            if count > 2 { bits |= UInt32(bytes[start + 2]) }
            for place in 0..<4 {
                let value = Int(bits >> UInt32(18 - 6 * place) & 63)
                text.append(place <= count ? Self.characters[value] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static let characters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The value of each character; 64 for what is none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 64, count: 256)
        for (value, character) in characters.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()
}

extension Base64Bytes: JSONReadable {
    static var jsonForm: String { "a string in base64" }

    init?(_ node: JSONNode) {
        guard let text = node.utf8 else { return nil }
        self.init(ascii: text)
    }
}

extension Base64Bytes: Codable {
    /// Reads bytes.
    ///
    /// - Parameter decoder: Of JSON.
    /// - Throws: `DecodingError` for what is no base64.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let bytes = Base64Bytes(ascii: Array(try container.decode(String.self).utf8)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: Self.jsonForm)
        }
        self = bytes
    }

    /// Writes bytes.
    ///
    /// - Parameter encoder: Of JSON.
    /// - Throws: What the encoder throws.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
