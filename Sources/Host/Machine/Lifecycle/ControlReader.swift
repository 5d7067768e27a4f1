package import GuestInterface
import StrictJSON

/// Cuts what a guest sends into events.
package struct ControlReader: Sendable {
    private var pending: [UInt8] = []

    package init() {}

    /// Takes bytes in.
    ///
    /// - Parameter bytes: What came over the channel.
    /// - Returns: The events in it; nil where eight bytes are none, after which the channel means nothing any more.
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

/// Reads what QEMU's monitor says: one JSON document a line.
package struct MonitorReader: Sendable {
    /// The longest line that is looked at; QEMU's own are some hundred bytes.
    static let maximumLineLength = 65536

    private var pending: [UInt8] = []

    package init() {}

    /// Takes bytes in.
    ///
    /// - Parameter bytes: What the monitor said.
    /// - Returns: The events in it that matter to a machine's life.
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
