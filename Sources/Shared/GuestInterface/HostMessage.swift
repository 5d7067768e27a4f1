/// A message that the host sends to its guest.
///
/// The guest trusts none of it: the measured plan says which messages it accepts. Encoding on the control channel: the
/// kind, a zero, the payload's length (16 bits, little-endian), then the payload. The other direction is
/// ``ControlEvent``.
package enum HostMessage: Equatable, Sendable {
    /// The longest payload, in bytes.
    package static let maximumPayload = 4096
    /// The maximum number of arguments, and of variables.
    package static let maximumCount = 1024
    /// The accepted clock values: 2025 up to 2100, in seconds since 1970.
    package static let clockBounds: Range<UInt64> = 1_735_689_600..<4_102_444_800
    /// The largest accepted manifest, in bytes.
    package static let maximumManifestLength = 1 << 20
    /// The largest accepted signature of a manifest, in bytes.
    package static let maximumSignatureLength = 64 << 10
    /// How long the guest waits for `start`, in seconds.
    package static let startLimitInSeconds = 60
    /// How long an application may run after `stop`, in seconds; then it is killed.
    package static let stopGraceInSeconds = 10

    /// The time in seconds since 1970; bounded, and never used for security decisions.
    case clock(UInt64)
    /// One argument for the application.
    case argument(String)
    /// One environment variable, `NAME=VALUE`.
    case environment(String)
    /// The next piece of the package's manifest; 1 to ``maximumPayload`` bytes.
    case manifest([UInt8])
    /// The next piece of the manifest's signature, after the whole manifest; 1 to ``maximumPayload`` bytes.
    case manifestSignature([UInt8])
    /// The last message before the application starts.
    case start
    /// Stops the application, then the machine.
    case stop

    /// The encoded message; nil where the payload is longer than ``maximumPayload``.
    package var bytes: [UInt8]? {
        let (kind, payload): (UInt8, [UInt8]) =
            switch self {
            case .clock(let seconds): (1, (0..<8).map { UInt8(truncatingIfNeeded: seconds >> (8 * $0)) })
            case .argument(let text): (2, Array(text.utf8))
            case .environment(let text): (3, Array(text.utf8))
            case .start: (4, [])
            case .stop: (5, [])
            case .manifest(let piece): (6, piece)
            case .manifestSignature(let piece): (7, piece)
            }
        guard payload.count <= Self.maximumPayload else { return nil }
        return [kind, 0, UInt8(payload.count & 0xff), UInt8(payload.count >> 8)] + payload
    }

    /// Removes one message from the front of a receive buffer.
    ///
    /// - Parameter received: The buffer; a complete message is removed from it, an incomplete one is left.
    /// - Returns: The message; nil where it is incomplete.
    /// - Throws: ``MalformedMessage`` where the bytes are not a message.
    package static func next(from received: inout [UInt8]) throws(MalformedMessage) -> HostMessage? {
        guard received.count >= 4 else { return nil }
        let length = Int(received[2]) | Int(received[3]) << 8
        guard received[1] == 0, length <= maximumPayload else { throw MalformedMessage() }
        guard received.count >= 4 + length else { return nil }
        let payload = Array(received[4..<4 + length])
        let kind = received[0]
        received.removeFirst(4 + length)
        switch (kind, length) {
        case (1, 8): return .clock(payload.reversed().reduce(0) { $0 << 8 | UInt64($1) })
        case (2, _): return .argument(try text(payload))
        case (3, _): return .environment(try text(payload))
        case (4, 0): return .start
        case (5, 0): return .stop
        case (6, 1...): return .manifest(payload)
        case (7, 1...): return .manifestSignature(payload)
        default: throw MalformedMessage()
        }
    }

    /// Splits a package's manifest and signature into messages.
    ///
    /// - Parameters:
    ///   - manifest: The manifest's bytes.
    ///   - signature: The signature's bytes.
    /// - Returns: The messages, in the order that a guest accepts.
    package static func pieces(manifest: [UInt8], signature: [UInt8]) -> [HostMessage] {
        pieces(of: manifest).map { .manifest($0) } + pieces(of: signature).map { .manifestSignature($0) }
    }

    private static func pieces(of bytes: [UInt8]) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: maximumPayload).map { start in
            Array(bytes[start..<min(start + maximumPayload, bytes.count)])
        }
    }

    private static func text(_ payload: [UInt8]) throws(MalformedMessage) -> String {
        guard !payload.contains(0), let text = String(validating: payload, as: UTF8.self) else {
            throw MalformedMessage()
        }
        return text
    }

    /// Bytes on the control channel that are not a message.
    package struct MalformedMessage: Error, Equatable {}
}
