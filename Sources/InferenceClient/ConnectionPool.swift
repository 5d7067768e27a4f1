import NIOCore
import NIOHTTP1
import NIOPosix

/// Keeps connections to one server for the next request.
actor ConnectionPool {
    private let address: ServerAddress
    private let connectTimeout: Duration
    private var idle: [any Channel] = []

    init(address: ServerAddress, connectTimeout: Duration) {
        self.address = address
        self.connectTimeout = connectTimeout
    }

    /// Sends one request and waits for its response.
    ///
    /// A connection that the server closed while it was idle is replaced once; a fresh one that fails is an error.
    ///
    /// - Throws: `client.connection-failed`, `client.answer-invalid`, or `client.timed-out` after `timeout`.
    func exchange(_ head: HTTPRequestHead, body: ByteBuffer?, timeout: Duration) async throws -> RawResponse {
        while let channel = idle.popLast() {
            guard channel.isActive else { continue }
            do {
                return try await send(head, body: body, on: channel, timeout: timeout)
            } catch ExchangeHandler.Failure.closedBeforeResponse {
                continue
            }
        }
        do {
            return try await send(head, body: body, on: try await connect(), timeout: timeout)
        } catch let error as ClientError {
            throw error
        } catch ExchangeHandler.Failure.responseTooLarge {
            throw ClientError(.answerInvalid, subject: "\(address)", expected: "a small document", found: "too much")
        } catch let error as HTTPParserError {
            throw ClientError(.answerInvalid, subject: "\(address)", expected: "HTTP/1.1", found: "\(error)")
        } catch {
            throw ClientError(.connectionFailed, subject: "\(address)", found: "\(error)")
        }
    }

    /// Closes what is idle.
    func close() async {
        for channel in idle {
            try? await channel.close()
        }
        idle = []
    }

    private func send(
        _ head: HTTPRequestHead,
        body: ByteBuffer?,
        on channel: any Channel,
        timeout: Duration
    ) async throws -> RawResponse {
        let promise = channel.eventLoop.makePromise(of: RawResponse.self)
        let clock = channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) {
            promise.fail(ClientError(.timedOut, subject: "\(self.address)", expected: "an answer within \(timeout)"))
            channel.close(promise: nil)
        }
        defer { clock.cancel() }
        let response = try await withTaskCancellationHandler {
            channel.writeAndFlush(Exchange(head: head, body: body, response: promise), promise: nil)
            return try await promise.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
        if response.isKeptAlive {
            idle.append(channel)
        } else {
            channel.close(promise: nil)
        }
        return response
    }

    private func connect() async throws -> any Channel {
        do {
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(connectTimeout))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(ExchangeHandler())
                    }
                }
                .connect(host: address.host, port: address.port)
                .get()
        } catch {
            throw ClientError(
                .connectionFailed,
                subject: "\(address)",
                expected: "a server that listens",
                found: "\(error)"
            )
        }
    }
}
