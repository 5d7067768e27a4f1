import CGuest
import Glibc
import GuestInterface

/// The virtio serial port to the host: sends ``ControlEvent``s and receives ``HostMessage``s.
///
/// Reads and writes never block. Events that the host does not read are queued up to a bound; further events are
/// dropped. Not thread-safe: only process 1's main thread uses it.
final class ControlChannel {
    /// The queue's bound in bytes; events are dropped while it is full.
    private static let maximumPending = 1024

    private let port: SystemFile
    private var pending: [UInt8] = []
    private var received: [UInt8] = []

    /// The port's file descriptor, for polling.
    var descriptor: Int32 { port.number }
    /// Whether queued events wait for the host to read.
    var hasPending: Bool { !pending.isEmpty }

    private init(port: SystemFile) {
        self.port = port
    }

    /// Finds the virtio port by name and opens it without blocking.
    ///
    /// - Parameter milliseconds: How long to wait for the device to appear.
    /// - Returns: nil where there is no such port after that time.
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

    /// Queues an event and writes as much of the queue as the host accepts now.
    func send(_ event: ControlEvent) {
        guard pending.count < Self.maximumPending else { return }
        pending += event.bytes
        flush()
    }

    /// Writes queued events until the queue is empty or a write would block.
    func flush() {
        while !pending.isEmpty, let put = port.write(pending).orNothing, put > 0 {
            pending.removeFirst(min(put, pending.count))
        }
    }

    /// Writes queued events until the queue is empty or the time is over.
    ///
    /// - Parameter milliseconds: The longest wait.
    func drain(milliseconds: UInt64) {
        let deadline = guest_uptime() + milliseconds
        flush()
        while hasPending, guest_uptime() < deadline {
            DescriptorPoll.pause(milliseconds: 10)
            flush()
        }
    }

    /// Returns the next complete message without blocking; nil where there is none yet.
    ///
    /// - Throws: `guest.control` for bytes that are not a message.
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
