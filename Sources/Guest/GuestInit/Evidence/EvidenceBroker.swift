import CGuest
import Glibc
import GuestInterface

/// The server at ``GuestPath/evidenceSocket``: handles evidence requests one at a time while the machine runs.
///
/// A platform produces one piece of evidence at a time, so one thread is enough, and many clients cannot take the
/// application's processors.
final class EvidenceBroker {
    /// The most connections at once; a further one receives ``BrokerFailure/busy`` and is closed.
    static let maximumConnections = 32

    private let listener: SystemFile
    private let attester: any Attester
    private var connections: [(socket: SystemFile, state: BrokerConnection)] = []

    /// Binds the socket and listens; ``start()`` serves it.
    ///
    /// - Parameters:
    ///   - path: The socket's path, in a directory that only process 1 can change.
    ///   - user: The only user who may connect.
    ///   - group: The user's group.
    ///   - attester: The source of evidence.
    /// - Throws: The kernel's error.
    init(
        at path: String,
        user: UInt32,
        group: UInt32,
        attester: any Attester
    ) throws(SystemCall.Failure) {
        // Safe: the path is a string of our own that outlives the call.
        let number = unsafe guest_listen(path, user, group, Int32(Self.maximumConnections))
        guard number >= 0 else { throw SystemCall.Failure(number: -number) }
        listener = SystemFile(number: number)
        self.attester = attester
    }

    /// Starts the thread that serves requests; from then on only that thread uses this object.
    ///
    /// - Throws: The kernel's error.
    func start() throws(SystemCall.Failure) {
        let argument = unsafe Unmanaged.passRetained(self).toOpaque()
        // Safe: the reference that was retained above is taken over by exactly one thread.
        let code = unsafe guest_start_thread(
            { argument in
                guard let argument = unsafe argument else { return nil }
                let broker = unsafe Unmanaged<EvidenceBroker>.fromOpaque(argument).takeRetainedValue()
                while true { broker.step(milliseconds: 1000) }
            },
            argument
        )
        guard code == 0 else { throw SystemCall.Failure(number: -code) }
    }

    /// Waits for an event on the sockets, then receives, answers, sends and accepts.
    ///
    /// - Parameter milliseconds: The longest wait.
    func step(milliseconds: Int32) {
        var wanted: [(descriptor: Int32, interest: DescriptorPoll.Interest)] = [(listener.number, .readable)]
        wanted += connections.map { ($0.socket.number, $0.state.toSend.isEmpty ? .readable : .writable) }
        let found = DescriptorPoll.wait(wanted, milliseconds: milliseconds)
        for index in connections.indices where !found[index + 1].isEmpty {
            receive(index)
        }
        // One request of each connection in a pass, so that no connection starves another.
        for index in connections.indices {
            if let request = connections[index].state.request {
                connections[index].state.answer(attester.answer(request), now: guest_uptime())
            }
            send(index)
            connections[index].state.passTime(now: guest_uptime())
        }
        connections.removeAll { $0.state.isEnded }
        if !found[0].isEmpty { accept() }
    }

    private func receive(_ index: Int) {
        guard connections[index].state.wantsBytes else { return }
        switch connections[index].socket.read(atMost: BrokerFrame.headLength + BrokerFrame.maximumRequestLength) {
        case .success(let bytes) where bytes.isEmpty: connections[index].state.endOfBytes()
        case .success(let bytes): connections[index].state.take(bytes, now: guest_uptime())
        case .failure(let failure):
            if failure.number != EAGAIN { connections[index].state.endOfBytes() }
        }
    }

    private func send(_ index: Int) {
        let bytes = connections[index].state.toSend
        guard !bytes.isEmpty else { return }
        connections[index].state.sent(Self.send(bytes, to: connections[index].socket), now: guest_uptime())
    }

    /// Sends bytes without blocking and returns how many were sent; nil where the peer has disconnected.
    private static func send(_ bytes: ArraySlice<UInt8>, to socket: SystemFile) -> Int? {
        // Safe: the bytes are ours, and their own count is passed.
        let put = unsafe bytes.withUnsafeBytes { unsafe guest_send(socket.number, $0.baseAddress, $0.count) }
        if put >= 0 { return put }
        return put == -Int(EAGAIN) ? 0 : nil
    }

    private func accept() {
        for _ in 0..<Self.maximumConnections {
            let number = guest_accept(listener.number)
            guard number >= 0 else { return }
            let socket = SystemFile(number: number)
            guard connections.count < Self.maximumConnections else {
                _ = Self.send(EvidenceResponse.failure(.busy).bytes[...], to: socket)
                continue
            }
            connections.append((socket, BrokerConnection()))
        }
    }
}
