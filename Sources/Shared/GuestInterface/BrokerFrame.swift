/// The frame of what an application and process 1 say to each other at ``GuestPath/evidenceSocket``.
///
/// Twelve bytes, then the payload: `ADYE`, the version 1, a zero, a code, the payload's length. The code is a request's
/// kind or an answer's ``BrokerFailure``; it and the lengths here and in payloads are little-endian, 16 and 32 bits wide.
package struct BrokerFrame: Equatable, Sendable {
    /// The length of a frame's head, in bytes.
    package static let headLength = 12
    /// The longest payload of a request, in bytes.
    package static let maximumRequestLength = 4096
    /// The longest payload of an answer, in bytes: the firmware's event log is most of it.
    package static let maximumAnswerLength = 2 << 20

    private static let start: [UInt8] = [0x41, 0x44, 0x59, 0x45, 1, 0]

    /// A request's kind, or an answer's failure; 0 for success.
    package let code: UInt16
    /// What it carries.
    package let payload: [UInt8]

    /// A frame.
    ///
    /// - Parameters:
    ///   - code: A request's kind or an answer's failure.
    ///   - payload: What it carries, not longer than the direction's maximum.
    package init(code: UInt16, payload: [UInt8]) {
        self.code = code
        self.payload = payload
    }

    /// The frame as it goes over the socket.
    package var bytes: [UInt8] {
        Self.start + BrokerWriter.number(code) + BrokerWriter.number(UInt32(payload.count)) + payload
    }

    /// How many bytes follow a head.
    ///
    /// - Parameters:
    ///   - head: The first ``headLength`` bytes that came.
    ///   - maximum: The longest payload that is taken.
    /// - Returns: nil where the head is not one, or says that more follows than is taken.
    package static func payloadLength(after head: [UInt8], maximum: Int) -> Int? {
        guard head.count == headLength, head.starts(with: start) else { return nil }
        let length = head[8...].reversed().reduce(0) { $0 << 8 | Int($1) }
        return length <= maximum ? length : nil
    }

    /// Takes one frame off the front of what was received.
    ///
    /// - Parameters:
    ///   - received: Bytes from the socket; a whole frame is removed from it, a part of one is left.
    ///   - maximum: The longest payload that is taken.
    /// - Returns: The frame, nil where it is not whole yet.
    /// - Throws: ``BrokerFailure/malformed`` where the bytes are no frame, as soon as that can be seen.
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

/// Writes the fields of a payload.
enum BrokerWriter {
    /// A number, little-endian.
    static func number(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// A text of at most 255 bytes behind its length.
    static func text(_ text: String) -> [UInt8] {
        let bytes = text.utf8.prefix(255)
        return [UInt8(bytes.count)] + bytes
    }
}

/// Reads the fields of a payload, and never past its end.
struct BrokerReader {
    private var rest: ArraySlice<UInt8>

    init(_ payload: [UInt8]) {
        rest = payload[...]
    }

    /// Whether everything was read.
    var isAtEnd: Bool { rest.isEmpty }

    /// A number of so many bytes, little-endian.
    mutating func number(bytes count: Int) throws(BrokerFailure) -> Int {
        try bytes(count).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// So many bytes.
    mutating func bytes(_ count: Int) throws(BrokerFailure) -> [UInt8] {
        guard count <= rest.count else { throw .malformed }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// A text behind its length, which is not empty.
    mutating func text() throws(BrokerFailure) -> String {
        let bytes = try bytes(number(bytes: 1))
        guard !bytes.isEmpty, !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformed
        }
        return text
    }
}
