import Glibc
import NIOCore

/// The parts of a `multipart/form-data` body (RFC 7578, RFC 2046 §5.1).
///
/// Parts are slices of the body: nothing is copied. Hostile input costs at most one pass over the body. More parts, or
/// longer part headers, than any browser or tool sends are refused.
struct MultipartForm {
    /// One field of the form.
    struct Part: Equatable {
        /// The field's name.
        let name: String
        /// The file name that the client states; it is compared with the content, and never opened.
        let fileName: String?
        /// The media type that the client states.
        let mediaType: String?
        /// The content, a slice of the body.
        let content: ByteBuffer
    }

    private static let maximumParts = 64
    private static let maximumHeadSize = 8 << 10

    /// The fields in the order of the body.
    let parts: [Part]

    /// Splits a body into its parts.
    ///
    /// - Parameters:
    ///   - body: The whole body.
    ///   - contentType: The request's content type with its boundary.
    /// - Throws: `form.not-multipart`, `form.boundary-invalid` or `form.malformed`.
    init(_ body: ByteBuffer, contentType: String?) throws(ServiceError) {
        let boundary = try Self.boundary(of: contentType)
        let delimiter = Array("\r\n--\(boundary)".utf8)
        var rest = body
        // The first delimiter has no line break before it where there is no preamble.
        if rest.readableBytesView.starts(with: delimiter.dropFirst(2)) {
            rest.moveReaderIndex(forwardBy: delimiter.count - 2)
        } else if let offset = rest.offset(of: delimiter) {
            rest.moveReaderIndex(forwardBy: offset + delimiter.count)
        } else {
            throw ServiceError(.formMalformed, expected: "the boundary that the content type names", found: "none")
        }
        var parts: [Part] = []
        while try !Self.readEnd(of: &rest) {
            guard parts.count < Self.maximumParts else {
                throw ServiceError(.formMalformed, expected: "at most \(Self.maximumParts) parts", found: "more")
            }
            parts.append(try Self.readPart(of: &rest, delimiter: delimiter))
        }
        self.parts = parts
    }

    /// The only part with a name.
    ///
    /// - Throws: `form.field-missing` or `form.field-repeated`.
    func part(named name: String) throws(ServiceError) -> Part {
        let matches = parts.filter { $0.name == name }
        guard let part = matches.first else { throw ServiceError(.fieldMissing) }
        guard matches.count == 1 else { throw ServiceError(.fieldRepeated) }
        return part
    }

    private static func boundary(of contentType: String?) throws(ServiceError) -> String {
        guard let contentType else { throw ServiceError(.notMultipart, expected: "multipart/form-data", found: "none") }
        let header = ParameterisedHeader(contentType)
        guard header.value.lowercased() == "multipart/form-data" else {
            throw ServiceError(.notMultipart, expected: "multipart/form-data")
        }
        guard let boundary = header.parameters["boundary"] else {
            throw ServiceError(.boundaryInvalid, expected: "a boundary", found: "none")
        }
        // RFC 2046 §5.1.1: 1 to 70 characters, no control characters.
        guard (1...70).contains(boundary.utf8.count), boundary.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw ServiceError(.boundaryInvalid, expected: "1 to 70 printable ASCII characters")
        }
        return boundary
    }

    /// Reads what follows a delimiter.
    ///
    /// - Returns: Whether it was the last.
    private static func readEnd(of rest: inout ByteBuffer) throws(ServiceError) -> Bool {
        if rest.readableBytesView.starts(with: "--".utf8) { return true }
        // Spaces may pad the line of the delimiter.
        while let byte = rest.readableBytesView.first, byte == 0x20 || byte == 0x09 {
            rest.moveReaderIndex(forwardBy: 1)
        }
        guard rest.readableBytesView.starts(with: "\r\n".utf8) else {
            throw ServiceError(.formMalformed, expected: "a line break after a boundary")
        }
        // The line break is not consumed: it may begin an empty part header.
        return false
    }

    private static func readPart(of rest: inout ByteBuffer, delimiter: [UInt8]) throws(ServiceError) -> Part {
        guard let headSize = rest.offset(of: Array("\r\n\r\n".utf8)) else {
            throw ServiceError(.formMalformed, expected: "an empty line after a part's head")
        }
        guard headSize <= maximumHeadSize, let head = rest.readSlice(length: headSize) else {
            throw ServiceError(
                .formMalformed,
                expected: "part heads of at most \(maximumHeadSize) bytes",
                found: "more"
            )
        }
        rest.moveReaderIndex(forwardBy: 4)
        // With an empty content the delimiter follows the header directly and shares its line break.
        guard let size = rest.offset(of: delimiter), let content = rest.readSlice(length: size) else {
            throw ServiceError(.formMalformed, expected: "a boundary after the last part", found: "none")
        }
        rest.moveReaderIndex(forwardBy: delimiter.count)
        var disposition: ParameterisedHeader?
        var mediaType: String?
        for line in String(decoding: head.readableBytesView, as: UTF8.self).split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else {
                throw ServiceError(.formMalformed, expected: "\"name: value\" in a part's head")
            }
            let value = String(line[line.index(after: colon)...])
            switch line[..<colon].lowercased() {
            case "content-disposition": disposition = ParameterisedHeader(value)
            case "content-type": mediaType = ParameterisedHeader(value).value.lowercased()
            default: continue
            }
        }
        guard let disposition, disposition.value.lowercased() == "form-data", let name = disposition.parameters["name"]
        else {
            throw ServiceError(.formMalformed, expected: "a content disposition with a name in each part")
        }
        return Part(name: name, fileName: disposition.parameters["filename"], mediaType: mediaType, content: content)
    }
}

extension ByteBuffer {
    /// The offset of a byte sequence from the reader index; nil where it does not occur.
    ///
    /// Searches the memory itself: the buffer's view took sixty times as long on a body of line breaks.
    fileprivate func offset(of pattern: [UInt8]) -> Int? {
        // Both buffers are valid within the closures, and no offset leaves them: `last` leaves room for the pattern.
        unsafe withUnsafeReadableBytes { bytes in
            unsafe pattern.withUnsafeBytes { pattern in
                guard let start = bytes.baseAddress, let wanted = pattern.baseAddress,
                    let first = unsafe pattern.first
                else { return nil }
                let last = bytes.count - pattern.count
                var offset = 0
                while offset <= last {
                    guard let hit = unsafe memchr(start + offset, Int32(first), last - offset + 1) else { return nil }
                    offset = unsafe UnsafeRawPointer(hit) - start
                    if unsafe memcmp(start + offset, wanted, pattern.count) == 0 { return offset }
                    offset += 1
                }
                return nil
            }
        }
    }
}
