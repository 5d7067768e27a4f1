import CGuest
import GuestInterface

/// Asks again and again whether the application serves, without ever waiting for it.
struct ReadinessProbe {
    /// How long one question may take, and how long it is until the next, in milliseconds.
    private static let limit: UInt64 = 5000
    private static let pause: UInt64 = 50
    /// The most bytes of an answer that are looked at.
    private static let answerLength = 12

    /// Where a question stands.
    private enum State {
        case waiting(until: UInt64)
        case connecting(SystemFile, until: UInt64)
        case answering(SystemFile, received: [UInt8], until: UInt64)
        case ready
    }

    private let readiness: LaunchPlan.Readiness?
    /// The guest's addresses, asked in turn: an application may listen on only one.
    private let addresses: [UInt32]
    private var turn = 0
    private var state: State

    /// A probe for a plan.
    init(_ plan: LaunchPlan, now: UInt64) {
        readiness = plan.readiness
        addresses = [0x7f00_0001] + (plan.network.flatMap { AddressText($0.address)?.address }.map { [$0] } ?? [])
        state = plan.readiness == nil ? .ready : .waiting(until: now)
    }

    /// Whether the application was seen to serve.
    var isReady: Bool {
        if case .ready = state { true } else { false }
    }

    /// What the probe waits for on a descriptor.
    var interest: (descriptor: Int32, interest: DescriptorPoll.Interest)? {
        switch state {
        case .waiting, .ready: return nil
        case .connecting(let socket, _): return (socket.number, .writable)
        case .answering(let socket, _, _): return (socket.number, .readable)
        }
    }

    /// When the probe has something to do even if nothing comes.
    var deadline: UInt64? {
        switch state {
        case .waiting(let time), .connecting(_, let time), .answering(_, _, let time): time
        case .ready: nil
        }
    }

    /// Takes the next step that is possible.
    ///
    /// - Parameters:
    ///   - found: How the descriptor of `interest` is.
    ///   - now: Milliseconds since the machine's start.
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

    private var port: UInt16 {
        switch readiness {
        case nil: 0
        case .port(let port), .http(let port, _): port
        }
    }

    private mutating func ask(_ now: UInt64) {
        let socket = guest_connect(addresses[turn % addresses.count], port)
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

    /// Whether an answer's first twelve bytes are those of HTTP/1's status 200.
    static func isReady(_ answer: [UInt8]) -> Bool {
        let text = String(decoding: answer, as: UTF8.self)
        return text == "HTTP/1.1 200" || text == "HTTP/1.0 200"
    }

    private mutating func again(_ now: UInt64) {
        turn += 1
        state = .waiting(until: now + Self.pause)
    }
}
