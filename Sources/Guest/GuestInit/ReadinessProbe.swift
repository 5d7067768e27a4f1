import CGuest
import GuestInterface

/// Polls the application's readiness with TCP connections or HTTP requests, without blocking.
///
/// ``Supervisor`` polls ``interest`` and ``deadline``, and calls ``advance(_:now:)``.
struct ReadinessProbe {
    /// The timeout of one attempt, and the delay before the next, in milliseconds.
    private static let limit: UInt64 = 5000
    private static let pause: UInt64 = 50
    /// The number of response bytes that are read.
    private static let answerLength = 12

    /// The state of the current attempt.
    private enum State {
        case waiting(until: UInt64)
        case connecting(SystemFile, until: UInt64)
        case answering(SystemFile, received: [UInt8], until: UInt64)
        case ready
    }

    private let readiness: LaunchPlan.Readiness?
    /// What is tried in turn: an application may listen on only one of the addresses, and on only one of several ports.
    private let targets: [(address: UInt32, port: UInt16)]
    private var turn = 0
    private var state: State

    /// Creates a probe for a plan; a plan without readiness check is ready at once.
    init(_ plan: LaunchPlan, now: UInt64) {
        readiness = plan.readiness
        let addresses =
            [0x7f00_0001] + (plan.network.flatMap { AddressText($0.address)?.address }.map { [$0] } ?? [])
        let ports: [UInt16] =
            switch plan.readiness {
            case nil: []
            case .port(let port), .http(let port, _): [port]
            case .anyPort(let ports): ports
            }
        targets = ports.flatMap { port in addresses.map { ($0, port) } }
        state = plan.readiness == nil ? .ready : .waiting(until: now)
    }

    /// Whether the application has answered.
    var isReady: Bool {
        if case .ready = state { true } else { false }
    }

    /// The descriptor and event to poll for; nil between attempts and once ready.
    var interest: (descriptor: Int32, interest: DescriptorPoll.Interest)? {
        switch state {
        case .waiting, .ready: return nil
        case .connecting(let socket, _): return (socket.number, .writable)
        case .answering(let socket, _, _): return (socket.number, .readable)
        }
    }

    /// When to call ``advance(_:now:)`` without an event, in milliseconds since boot; nil once ready.
    var deadline: UInt64? {
        switch state {
        case .waiting(let time), .connecting(_, let time), .answering(_, _, let time): time
        case .ready: nil
        }
    }

    /// Advances the state machine after an event or the deadline.
    ///
    /// - Parameters:
    ///   - found: The ready events of ``interest``'s descriptor.
    ///   - now: Milliseconds since boot.
    mutating func advance(_ found: DescriptorPoll.Interest, now: UInt64) {
        switch state {
        case .ready: return
        case .waiting(let time):
            if now >= time { ask(now) }
        case .connecting(let socket, let time):
            if !found.isEmpty { connected(socket, now) } else if now >= time { again(now) }
        case .answering(let socket, let received, let time):
            if !found.isEmpty { read(socket, received, now, time) } else if now >= time { again(now) }
        }
    }

    private mutating func ask(_ now: UInt64) {
        let target = targets[turn % targets.count]
        let socket = guest_connect(target.address, target.port)
        guard socket >= 0 else { return again(now) }
        state = .connecting(SystemFile(number: socket), until: now + Self.limit)
    }

    private mutating func connected(_ socket: SystemFile, _ now: UInt64) {
        guard guest_connection(socket.number) == 0 else { return again(now) }
        guard case .http(_, let path) = readiness else {
            state = .ready
            return
        }
        let request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        guard socket.write(request.utf8).orNothing == request.utf8.count else { return again(now) }
        state = .answering(socket, received: [], until: now + Self.limit)
    }

    private mutating func read(_ socket: SystemFile, _ received: [UInt8], _ now: UInt64, _ time: UInt64) {
        guard let bytes = socket.read(atMost: Self.answerLength - received.count).orNothing, !bytes.isEmpty else {
            return again(now)
        }
        let received = received + bytes
        guard received.count == Self.answerLength else {
            state = .answering(socket, received: received, until: time)
            return
        }
        if Self.isReady(received) { state = .ready } else { again(now) }
    }

    /// Whether a response's first twelve bytes are an HTTP/1 status line with status 200.
    static func isReady(_ answer: [UInt8]) -> Bool {
        let text = String(decoding: answer, as: UTF8.self)
        return text == "HTTP/1.1 200" || text == "HTTP/1.0 200"
    }

    private mutating func again(_ now: UInt64) {
        turn += 1
        state = .waiting(until: now + Self.pause)
    }
}
