/// A frame of the protocol between an application and process 1 at ``GuestPath/evidenceSocket``.
///
/// A header of twelve bytes, then the payload. The header has the magic `ADYE`, the version 1, a zero, a code (16 bits)
/// and the payload's length (32 bits). The code is a request's kind or a response's ``BrokerFailure``. All numbers,
/// here and in payloads, are little-endian. ``EvidenceRequest`` and ``EvidenceResponse`` encode the payloads.
package struct BrokerFrame: Equatable, Sendable {
    /// The length of the header, in bytes.
    package static let headLength = 12
    /// The longest request payload, in bytes.
    package static let maximumRequestLength = 4096
    /// The longest response payload, in bytes; the firmware's event log is most of it.
    package static let maximumResponseLength = 2 << 20

    private static let start: [UInt8] = [0x41, 0x44, 0x59, 0x45, 1, 0]

    /// A request's kind, or a response's failure; 0 for success.
    package let code: UInt16
    /// The payload.
    package let payload: [UInt8]

    /// Creates a frame.
    ///
    /// - Parameters:
    ///   - code: A request's kind or a response's failure.
    ///   - payload: The payload, at most the maximum of its direction.
    package init(code: UInt16, payload: [UInt8]) {
        self.code = code
        self.payload = payload
    }

    /// The encoded frame.
    package var bytes: [UInt8] {
        Self.start + BrokerWriter.number(code) + BrokerWriter.number(UInt32(payload.count)) + payload
    }

    /// Reads the payload's length from a header.
    ///
    /// - Parameters:
    ///   - head: The first ``headLength`` bytes of a frame.
    ///   - maximum: The longest payload that is accepted.
    /// - Returns: nil where the header is malformed or the payload is too long.
    package static func payloadLength(after head: [UInt8], maximum: Int) -> Int? {
        guard head.count == headLength, head.starts(with: start) else { return nil }
        let length = head[8...].reversed().reduce(0) { $0 << 8 | Int($1) }
        return length <= maximum ? length : nil
    }

    /// Removes one frame from the front of a receive buffer.
    ///
    /// - Parameters:
    ///   - received: The buffer; a complete frame is removed from it, an incomplete one is left.
    ///   - maximum: The longest payload that is accepted.
    /// - Returns: The frame; nil where it is incomplete.
    /// - Throws: ``BrokerFailure/malformed`` where the bytes are not a frame or the payload is too long, as soon as the
    ///   bytes received show it.
    package static func next(from received: inout [UInt8], maximum: Int) throws(BrokerFailure) -> BrokerFrame? {
        guard received.prefix(start.count).elementsEqual(start.prefix(received.count)) else { throw .malformed }
        guard received.count >= headLength else { return nil }
        guard let length = payloadLength(after: Array(received.prefix(headLength)), maximum: maximum) else {
            throw .malformed
        }
        guard received.count >= headLength + length else { return nil }
        let code = UInt16(received[6]) | UInt16(received[7]) << 8
        let payload = Array(received[headLength..<headLength + length])
        received.removeFirst(headLength + length)
        return BrokerFrame(code: code, payload: payload)
    }
}

/// Encodes the fields of a payload.
enum BrokerWriter {
    /// A number, little-endian.
    static func number(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// A text with a one-byte length prefix; cut at 255 bytes.
    static func text(_ text: String) -> [UInt8] {
        let bytes = text.utf8.prefix(255)
        return [UInt8(bytes.count)] + bytes
    }
}

/// Decodes the fields of a payload with bounds checks; each read throws ``BrokerFailure/malformed`` at the end.
struct BrokerReader {
    private var rest: ArraySlice<UInt8>

    init(_ payload: [UInt8]) {
        rest = payload[...]
    }

    /// Whether all bytes were read.
    var isAtEnd: Bool { rest.isEmpty }

    /// Reads a little-endian number of `count` bytes.
    mutating func number(bytes count: Int) throws(BrokerFailure) -> Int {
        try bytes(count).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// Reads `count` bytes.
    mutating func bytes(_ count: Int) throws(BrokerFailure) -> [UInt8] {
        guard count <= rest.count else { throw .malformed }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// Reads a text with a one-byte length prefix; an empty text, a zero byte and invalid UTF-8 are malformed.
    mutating func text() throws(BrokerFailure) -> String {
        let bytes = try bytes(number(bytes: 1))
        guard !bytes.isEmpty, !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformed
        }
        return text
    }
}
