package import GuestInterface
import StrictJSON

/// Splits the bytes of a guest's control channel into events.
package struct ControlReader: Sendable {
    private var pending: [UInt8] = []

    package init() {}

    /// Parses received bytes.
    ///
    /// - Parameter bytes: The received bytes.
    /// - Returns: The events; nil for eight bytes that are no event, after which the channel is invalid.
    package mutating func read(_ bytes: some Sequence<UInt8>) -> [ControlEvent]? {
        var events: [ControlEvent] = []
        for byte in bytes {
            pending.append(byte)
            guard pending.count == ControlEvent.length else { continue }
            guard let event = ControlEvent(pending) else { return nil }
            events.append(event)
            pending.removeAll(keepingCapacity: true)
        }
        return events
    }
}

/// Reads the output of QEMU's monitor: one JSON document per line.
package struct MonitorReader: Sendable {
    /// The maximum length of a line in bytes; QEMU's lines are a few hundred bytes long.
    static let maximumLineLength = 65536

    private var pending: [UInt8] = []

    package init() {}

    /// Parses received bytes.
    ///
    /// - Parameter bytes: The received bytes.
    /// - Returns: The events that concern the machine's lifecycle.
    package mutating func read(_ bytes: some Sequence<UInt8>) -> [Lifecycle.Event] {
        var events: [Lifecycle.Event] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                if pending.count < Self.maximumLineLength { pending.append(byte) }
                continue
            }
            if let event = Self.event(pending) { events.append(event) }
            pending.removeAll(keepingCapacity: true)
        }
        return events
    }

    private static func event(_ line: [UInt8]) -> Lifecycle.Event? {
        guard let message = try? JSONText.decode(Message.self, from: line, unknownNames: .ignored) else { return nil }
        if message.greeting != nil { return .monitorGreeted }
        guard message.event == "SHUTDOWN", let reason = message.data?.reason else { return nil }
        return Lifecycle.Shutdown(rawValue: reason).map { .monitorTold($0) }
    }

    private struct Message: Decodable {
        struct Greeting: Decodable {}
        struct Content: Decodable {
            let reason: String?
        }
        enum CodingKeys: String, CodingKey {
            case greeting = "QMP"
            case event, data
        }

        let greeting: Greeting?
        let event: String?
        let data: Content?
    }
}
