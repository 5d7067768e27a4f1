import Attestation
import AttestedTransport
import Diagnostics
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import PeerVerification

/// The connections to one server: idle ones are reused, and none carries a request before its server has proven itself.
actor ConnectionPool {
    /// One connection; one task at a time uses it.
    private struct Connection {
        let channel: any Channel
        /// The server's certificate from the handshake; nil for plain text.
        let shown: PeerCertificate?
        /// The proven peer, and since when it is known; nil before the proof.
        var proof: (peer: Peer, since: ContinuousClock.Instant)?
    }

    private let address: ServerAddress
    private let connectTimeout: Duration
    /// Verifies the server; nil for plain text.
    private let verification: PeerVerificationHandler?
    private let clock = ContinuousClock()
    private var idle: [Connection] = []
    private var isClosed = false

    init(address: ServerAddress, connectTimeout: Duration, verification: PeerVerificationHandler?) {
        self.address = address
        self.connectTimeout = connectTimeout
        self.verification = verification
    }

    deinit {
        for connection in idle { connection.channel.close(promise: nil) }
    }

    /// Sends one request and waits for its response.
    ///
    /// Connections that the server closed while they were idle are skipped; a fresh one that fails is an error.
    ///
    /// - Throws: `client.connection-failed`, `client.answer-invalid`, `client.timed-out` after `deadline`, or
    ///   `client.peer-refused`, in which case nothing of the request was sent.
    func exchange(_ head: HTTPRequestHead, body: ByteBuffer?, by deadline: Deadline) async throws -> RawResponse {
        try await onConnection(by: deadline) { connection in
            try await self.send(head, body: body, on: connection.channel, by: deadline)
        }
    }

    /// Verifies the server on a connection, unless its proof is still recent enough.
    ///
    /// - Returns: The proven peer; nil for plain text.
    func peer(by deadline: Deadline) async throws -> Peer? {
        try await onConnection(by: deadline) { connection in (connection.proof?.peer, true) }
    }

    /// Gets evidence on a fresh connection, which is closed afterwards; nothing else is sent on it.
    func examine(by verification: PeerVerificationHandler, deadline: Deadline) async throws -> EvidenceExchange {
        try await mappingErrors {
            let connection = try await connect(by: deadline)
            defer { connection.channel.close(promise: nil) }
            return try await verification.examine(connection.shown, by: deadline) { head in
                try await self.send(head, body: nil, on: connection.channel, by: deadline).response
            }
        }
    }

    /// Closes idle connections now, and those in use when their request is done.
    func close() async {
        isClosed = true
        for connection in idle {
            try? await connection.channel.close()
        }
        idle = []
    }

    /// Uses an idle connection, or a fresh one, after its server has proven itself.
    private func onConnection<Result>(
        by deadline: Deadline,
        use: (Connection) async throws -> (response: Result, isReusable: Bool)
    ) async throws -> Result {
        while let connection = idle.popLast() {
            guard connection.channel.isActive else { continue }
            do {
                return try await prove(connection, by: deadline, use: use)
            } catch HTTPExchangeHandler.Failure.closedBeforeResponse {
                try Task.checkCancellation()
            }
        }
        return try await mappingErrors { try await prove(try await connect(by: deadline), by: deadline, use: use) }
    }

    private func prove<Result>(
        _ connection: Connection,
        by deadline: Deadline,
        use: (Connection) async throws -> (response: Result, isReusable: Bool)
    ) async throws -> Result {
        var connection = connection
        if let verification {
            let age = connection.proof.map { clock.now - $0.since }
            if age.map({ $0 >= verification.reverification }) ?? true {
                connection.proof = nil
                do {
                    try verification.checkPolicy()
                    connection.proof = (try await ask(connection, by: verification, deadline: deadline), clock.now)
                } catch {
                    connection.channel.close(promise: nil)
                    throw error
                }
            }
        }
        let (response, isReusable) = try await use(connection)
        if isReusable, !isClosed {
            idle.append(connection)
        } else {
            connection.channel.close(promise: nil)
        }
        return response
    }

    private func ask(
        _ connection: Connection,
        by verification: PeerVerificationHandler,
        deadline: Deadline
    ) async throws -> Peer {
        let exchange = try await verification.examine(connection.shown, by: deadline) { head in
            try await self.send(head, body: nil, on: connection.channel, by: deadline).response
        }
        guard let peer = exchange.verification.peer else { throw verification.refusal(exchange.verification.findings) }
        return peer
    }

    private func send(
        _ head: HTTPRequestHead,
        body: ByteBuffer?,
        on channel: any Channel,
        by deadline: Deadline
    ) async throws -> (response: RawResponse, isReusable: Bool) {
        let promise = channel.eventLoop.makePromise(of: RawResponse.self)
        let clock = channel.eventLoop.scheduleTask(in: TimeAmount(deadline.remaining)) {
            promise.fail(
                ClientError(.timedOut, subject: "\(self.address)", expected: "an answer within \(deadline.limit)")
            )
            channel.close(promise: nil)
        }
        promise.futureResult.whenComplete { _ in clock.cancel() }
        let response = try await withTaskCancellationHandler {
            let written = channel.eventLoop.makePromise(of: Void.self)
            // A closed channel does not pass the exchange to its handler, so its promise is failed here.
            written.futureResult.whenFailure { _ in promise.fail(HTTPExchangeHandler.Failure.closedBeforeResponse) }
            channel.writeAndFlush(HTTPExchange(head: head, body: body, response: promise), promise: written)
            return try await promise.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
        return (response, response.isKeptAlive)
    }

    private func connect(by deadline: Deadline) async throws -> Connection {
        try verification?.checkPolicy()
        let tls = verification?.tls
        do {
            let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(max(deadline.within(connectTimeout).remaining, .milliseconds(1))))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            let (channel, certificate) = try await bootstrap.connect(host: address.host, port: address.port) {
                channel in
                channel.eventLoop.makeCompletedFuture {
                    let certificate = try tls?.addHandlers(to: channel)
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(HTTPExchangeHandler())
                    return (channel, certificate)
                }
            }
            guard let certificate else { return Connection(channel: channel, shown: nil) }
            let handshake = deadline.within(connectTimeout)
            let clock = channel.eventLoop.scheduleTask(in: TimeAmount(handshake.remaining)) {
                channel.close(promise: nil)
            }
            // On the event loop, at once: a caller that is resumed late must not find the connection closed by the
            // timer.
            certificate.whenComplete { _ in clock.cancel() }
            do {
                return Connection(channel: channel, shown: try await certificate.get())
            } catch {
                channel.close(promise: nil)
                throw error
            }
        } catch {
            throw ClientError(
                .connectionFailed,
                subject: "\(address)",
                expected: tls == nil ? "a server that listens" : "a server that speaks TLS 1.3",
                found: Self.isRefused(error) ? "nobody listens there" : "\(error)"
            )
        }
    }

    /// Whether no program listens at any address of the host.
    private static func isRefused(_ error: any Error) -> Bool {
        switch error {
        case let error as IOError: error.errnoCode == ECONNREFUSED
        case let error as NIOConnectionError:
            !error.connectionErrors.isEmpty && error.connectionErrors.allSatisfy { isRefused($0.error) }
        default: false
        }
    }

    /// Runs work on a fresh connection, and maps its errors to `ClientError`.
    private func mappingErrors<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as ClientError {
            throw error
        } catch _ where Task.isCancelled {
            // The channel was closed because the caller was cancelled.
            throw CancellationError()
        } catch HTTPExchangeHandler.Failure.responseTooLarge {
            throw ClientError(.answerInvalid, subject: "\(address)", expected: "a small document", found: "too much")
        } catch let error as HTTPParserError {
            throw ClientError(.answerInvalid, subject: "\(address)", expected: "HTTP/1.1", found: "\(error)")
        } catch {
            throw ClientError(.connectionFailed, subject: "\(address)", found: "\(error)")
        }
    }
}
