import CGuest
import Glibc
import GuestInterface

/// The line to the host: fixed events out, a few kinds of message in.
///
/// Nothing here waits for a host that does not read: what it does not take is kept, up to a bound, and then dropped.
final class ControlChannel {
    /// The most bytes that wait for a host.
    private static let maximumPending = 1024

    private let port: SystemFile
    private var pending: [UInt8] = []
    private var received: [UInt8] = []

    /// The port's descriptor, to wait on.
    var descriptor: Int32 { port.number }
    /// Whether events wait for the host to read.
    var hasPending: Bool { !pending.isEmpty }

    private init(port: SystemFile) {
        self.port = port
    }

    /// Finds the virtio port by its name, and opens it.
    ///
    /// - Parameter milliseconds: How long the machine may take to show it.
    /// - Returns: nil where it has none by then.
    static func find(within milliseconds: UInt64) -> ControlChannel? {
        let folder = "/sys/class/virtio-ports"
        let deadline = guest_uptime() + milliseconds
        repeat {
            for name in SystemCall.list(folder).orNothing ?? [] {
                guard let bytes = SystemCall.contents(of: "\(folder)/\(name)/name").orNothing,
                    String(decoding: bytes, as: UTF8.self) == ControlEvent.portName + "\n",
                    let port = SystemFile.open("/dev/\(name)", O_RDWR | O_NONBLOCK).orNothing
                else { continue }
                return ControlChannel(port: port)
            }
            DescriptorPoll.pause(milliseconds: 10)
        } while guest_uptime() < deadline
        return nil
    }

    /// Tells the host of an event, now or when it reads.
    func send(_ event: ControlEvent) {
        guard pending.count < Self.maximumPending else { return }
        pending += event.bytes
        flush()
    }

    /// Writes what waits, as far as the host takes it.
    func flush() {
        while !pending.isEmpty, let put = port.write(pending).orNothing, put > 0 {
            pending.removeFirst(min(put, pending.count))
        }
    }

    /// Gives the host a last while to take what waits.
    func drain(milliseconds: UInt64) {
        let deadline = guest_uptime() + milliseconds
        flush()
        while hasPending, guest_uptime() < deadline {
            DescriptorPoll.pause(milliseconds: 10)
            flush()
        }
    }

    /// The next message that is whole, without waiting.
    ///
    /// - Throws: `guest.control` for bytes that are no message.
    func receive() throws(GuestError) -> HostMessage? {
        if let message = try next() { return message }
        guard let bytes = port.read(atMost: 4096).orNothing, !bytes.isEmpty else { return nil }
        received += bytes
        return try next()
    }

    private func next() throws(GuestError) -> HostMessage? {
        do {
            return try HostMessage.next(from: &received)
        } catch {
            throw GuestError(.control, subject: "a message of the host")
        }
    }
}
