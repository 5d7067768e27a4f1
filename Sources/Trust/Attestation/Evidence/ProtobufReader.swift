/// Reads the fields of one Protocol Buffers message in their order, without a schema.
///
/// The encoding's specification is at protobuf.dev, "Encoding". Groups, which are long deprecated, are refused. Nothing is
/// reserved for a stated length before it was compared with the bytes that there are.
struct ProtobufReader {
    /// One field.
    struct Field {
        /// The content by its wire type.
        enum Content {
            case integer(UInt64)
            case fixed(ArraySlice<UInt8>)
            case bytes(ArraySlice<UInt8>)
        }

        /// The field's number.
        let number: UInt64
        /// The content.
        let content: Content
        /// The message's name, for errors.
        let subject: String

        /// The content of a field of bytes, a text or a message.
        func bytes(_ name: String) throws(AttestationError) -> [UInt8] {
            guard case .bytes(let bytes) = content else {
                throw ProtobufReader.invalid(subject, name, "bytes (wire type 2)", "another wire type")
            }
            return Array(bytes)
        }

        /// The content of a field of a number.
        func integer(_ name: String) throws(AttestationError) -> UInt64 {
            guard case .integer(let number) = content else {
                throw ProtobufReader.invalid(subject, name, "a number (wire type 0)", "another wire type")
            }
            return number
        }
    }

    private var reader: ByteReader

    init(_ bytes: ArraySlice<UInt8>, subject: String) {
        reader = ByteReader(bytes, subject: subject)
    }

    /// Reads the next field.
    ///
    /// - Returns: nil at the message's end.
    /// - Throws: `evidence.truncated`, `evidence.field-invalid`.
    mutating func next() throws(AttestationError) -> Field? {
        guard !reader.isAtEnd else { return nil }
        let tag = try varint("tag")
        let content: Field.Content
        switch tag & 7 {
        case 0: content = .integer(try varint("number"))
        case 1: content = .fixed(try reader.take(8, "fixed64"))
        case 2: content = .bytes(try reader.take(Int(clamping: try varint("length")), "bytes"))
        case 5: content = .fixed(try reader.take(4, "fixed32"))
        default: throw Self.invalid(reader.subject, "tag", "a wire type 0, 1, 2 or 5", "\(tag & 7)")
        }
        guard tag >> 3 != 0 else { throw Self.invalid(reader.subject, "tag", "a field number above 0", "0") }
        return Field(number: tag >> 3, content: content, subject: reader.subject)
    }

    /// Reads a number of seven bits a byte, the lowest first: at most ten bytes.
    private mutating func varint(_ name: String) throws(AttestationError) -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte = try reader.littleEndian(UInt8.self, name)
            guard shift < 63 || byte <= 1 else { break }
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        throw Self.invalid(reader.subject, name, "a number of at most 64 bits", "a longer one")
    }

    static func invalid(_ subject: String, _ field: String, _ expected: String, _ found: String) -> AttestationError {
        AttestationError(
            EvidenceCheck.fieldInvalid,
            subject: subject,
            fields: [field],
            expected: expected,
            found: found
        )
    }
}
