import NIOCore
import NIOHTTP1
import NIOPosix

/// Keeps connections to one server for the next request.
actor ConnectionPool {
    private let address: ServerAddress
    private let connectTimeout: Duration
    private var idle: [any Channel] = []
    private var isClosed = false

    init(address: ServerAddress, connectTimeout: Duration) {
        self.address = address
        self.connectTimeout = connectTimeout
    }

    deinit {
        for channel in idle { channel.close(promise: nil) }
    }

    /// Sends one request and waits for its response.
    ///
    /// Connections that the server closed while they were idle are passed over; a fresh one that fails is an error.
    ///
    /// - Throws: `client.connection-failed`, `client.answer-invalid`, or `client.timed-out` after `timeout`.
    func exchange(_ head: HTTPRequestHead, body: ByteBuffer?, timeout: Duration) async throws -> RawResponse {
        while let channel = idle.popLast() {
            guard channel.isActive else { continue }
            do {
                return try await send(head, body: body, on: channel, timeout: timeout)
            } catch ExchangeHandler.Failure.closedBeforeResponse {
                try Task.checkCancellation()
            }
        }
        do {
            return try await send(head, body: body, on: try await connect(), timeout: timeout)
        } catch let error as ClientError {
            throw error
        } catch _ where Task.isCancelled {
            // The channel was closed because the caller left.
            throw CancellationError()
        } catch ExchangeHandler.Failure.responseTooLarge {
            throw ClientError(.answerInvalid, subject: "\(address)", expected: "a small document", found: "too much")
        } catch let error as HTTPParserError {
            throw ClientError(.answerInvalid, subject: "\(address)", expected: "HTTP/1.1", found: "\(error)")
        } catch {
            throw ClientError(.connectionFailed, subject: "\(address)", found: "\(error)")
        }
    }

    /// Closes what is idle now, and what is under way as soon as it is done.
    func close() async {
        isClosed = true
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
            let written = channel.eventLoop.makePromise(of: Void.self)
            // A channel that is closed already never hands the exchange on, so its promise has to be kept here.
            written.futureResult.whenFailure { _ in promise.fail(ExchangeHandler.Failure.closedBeforeResponse) }
            channel.writeAndFlush(Exchange(head: head, body: body, response: promise), promise: written)
            return try await promise.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
        if response.isKeptAlive, !isClosed {
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
