/// A decoded CBOR value (RFC 8949), limited to what attestation documents use: shortest heads, definite strings, no
/// floats.
///
/// Arrays and maps may have indefinite length, as in real documents.
package indirect enum CborValue: Sendable, Equatable {
    case unsigned(UInt64)
    /// −1 − n.
    case negative(UInt64)
    case bytes([UInt8])
    case text(String)
    case array([CborValue])
    case map([Pair])
    case tagged(UInt64, CborValue)
    case bool(Bool)
    case null

    /// A map entry.
    package struct Pair: Sendable, Equatable {
        /// The key.
        package let key: CborValue
        /// The value.
        package let value: CborValue
    }

    /// The maximum nesting depth, which bounds the recursion.
    package static let maximumDepth = 8

    /// Decodes one value without trailing bytes.
    ///
    /// - Parameters:
    ///   - bytes: The encoded value.
    ///   - subject: The name of the structure, for errors.
    /// - Throws: `evidence.truncated`, `evidence.trailing-bytes`, `evidence.field-invalid` for unsupported encodings
    ///   and duplicate keys.
    package init(_ bytes: [UInt8], subject: String) throws(AttestationError) {
        var reader = ByteReader(bytes, subject: subject)
        self = try Self.value(&reader, depth: 0)
        try reader.end()
    }

    /// The value for a text key.
    ///
    /// - Parameter key: The key.
    /// - Returns: nil where this is not a map, or has no such key.
    package subscript(key: String) -> CborValue? { self[.text(key)] }

    /// The value for a key; nil where this is not a map, or has no such key.
    package subscript(key: CborValue) -> CborValue? {
        guard case .map(let pairs) = self else { return nil }
        return pairs.first { $0.key == key }?.value
    }

    private static func value(_ reader: inout ByteReader, depth: Int) throws(AttestationError) -> CborValue {
        guard depth < maximumDepth else { throw invalid(reader, "at most \(maximumDepth) levels") }
        let head = try reader.bigEndian(UInt8.self, "CBOR head")
        if head >> 5 == 7 {
            switch head {
            case 0xF4: return .bool(false)
            case 0xF5: return .bool(true)
            case 0xF6: return .null
            default: throw invalid(reader, "false, true or null")
            }
        }
        if head == 0x9F || head == 0xBF {
            return head == 0x9F ? .array(try array(nil, &reader, depth)) : .map(try map(nil, &reader, depth))
        }
        let argument = try argument(head & 31, &reader)
        switch head >> 5 {
        case 0: return .unsigned(argument)
        case 1: return .negative(argument)
        case 2: return .bytes(Array(try reader.take(Int(clamping: argument), "CBOR byte string")))
        case 3:
            let bytes = try reader.take(Int(clamping: argument), "CBOR text string")
            guard let text = String(validating: bytes, as: UTF8.self) else { throw invalid(reader, "UTF-8") }
            return .text(text)
        case 4: return .array(try array(argument, &reader, depth))
        case 5: return .map(try map(argument, &reader, depth))
        default: return .tagged(argument, try value(&reader, depth: depth + 1))
        }
    }

    /// Reads a head's argument; an argument that would fit into fewer bytes is refused, so that each value has one
    /// encoding.
    private static func argument(_ low: UInt8, _ reader: inout ByteReader) throws(AttestationError) -> UInt64 {
        let number: UInt64
        let least: UInt64
        switch low {
        case 0..<24: (number, least) = (UInt64(low), 0)
        case 24: (number, least) = (UInt64(try reader.bigEndian(UInt8.self, "CBOR head")), 24)
        case 25: (number, least) = (UInt64(try reader.bigEndian(UInt16.self, "CBOR head")), 1 << 8)
        case 26: (number, least) = (UInt64(try reader.bigEndian(UInt32.self, "CBOR head")), 1 << 16)
        case 27: (number, least) = (try reader.bigEndian(UInt64.self, "CBOR head"), 1 << 32)
        default: throw invalid(reader, "a definite length")
        }
        guard number >= least else { throw invalid(reader, "the shortest head") }
        return number
    }

    /// Memory grows with the input only: each element takes at least one byte, and nothing is reserved for the stated
    /// count.
    private static func array(
        _ count: UInt64?,
        _ reader: inout ByteReader,
        _ depth: Int
    ) throws(AttestationError) -> [CborValue] {
        var elements: [CborValue] = []
        var left = count
        while try !isAtEnd(&left, &reader) {
            elements.append(try value(&reader, depth: depth + 1))
        }
        return elements
    }

    private static func map(
        _ count: UInt64?,
        _ reader: inout ByteReader,
        _ depth: Int
    ) throws(AttestationError) -> [Pair] {
        var pairs: [Pair] = []
        var keys: Set<Key> = []
        var left = count
        while try !isAtEnd(&left, &reader) {
            let key = try value(&reader, depth: depth + 1)
            guard let name = Key(key), keys.insert(name).inserted else {
                throw invalid(reader, "numbers and texts as keys, each once")
            }
            do throws(AttestationError) {
                pairs.append(Pair(key: key, value: try value(&reader, depth: depth + 1)))
            } catch {
                guard case .text(let text) = key else { throw error }
                throw AttestationError(error.finding.naming(String(text.prefix(64))))
            }
        }
        return pairs
    }

    /// Counts down a definite length, or checks for the break byte of an indefinite one.
    private static func isAtEnd(_ left: inout UInt64?, _ reader: inout ByteReader) throws(AttestationError) -> Bool {
        if let count = left {
            left = count == 0 ? 0 : count - 1
            return count == 0
        }
        guard reader.rest.first == 0xFF else { return false }
        _ = try reader.take(1, "CBOR end")
        return true
    }

    private static func invalid(_ reader: ByteReader, _ expected: String) -> AttestationError {
        AttestationError(
            EvidenceCheck.fieldInvalid,
            subject: reader.subject,
            fields: ["CBOR"],
            expected: expected,
            found: "another value before offset \(reader.offset)"
        )
    }

    private enum Key: Hashable {
        case unsigned(UInt64)
        case negative(UInt64)
        case text(String)

        init?(_ value: CborValue) {
            switch value {
            case .unsigned(let number): self = .unsigned(number)
            case .negative(let number): self = .negative(number)
            case .text(let text): self = .text(text)
            default: return nil
            }
        }
    }
}
