package import AttestedTransport
import GRPCCore
import GRPCNIOTransportHTTP2Posix
package import InferenceServer
package import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// The Open Inference Protocol over gRPC, with the same models and limits as the HTTP server.
package struct InferenceGRPCServer: Service {
    /// Why the server cannot listen on its port.
    package struct AddressError: Error, CustomStringConvertible {
        /// What is wrong, for the operator.
        package let description: String
    }

    private let host: String
    private let port: Int
    private let identity: ServerIdentity?
    private let service: InferenceService
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Makes a server that does not listen yet.
    ///
    /// - Parameters:
    ///   - service: Handles the requests.
    ///   - host: The address to listen on: an IPv4 or IPv6 address, or "localhost".
    ///   - port: The port; 0 takes a free one.
    ///   - identity: The key and certificate for TLS 1.3, the only version; nil for plain text.
    ///   - logger: Gets one line a call.
    ///   - onListening: Called once with the port.
    package init(
        _ service: InferenceService,
        host: String,
        port: Int,
        identity: ServerIdentity?,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.service = service
        self.host = host
        self.port = port
        self.identity = identity
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the service group shuts down; calls in progress are answered first.
    ///
    /// - Throws: ``AddressError`` where the address cannot be bound, `transport.identity-failed`.
    package func run() async throws {
        let listener = GRPCListener(
            address: try address(),
            tls: try identity.map { try NIOSSLContext(configuration: $0.tlsConfiguration(for: .http2)) },
            timeout: TimeAmount(service.limits.idleTimeout)
        )
        let transport = HTTP2ServerTransport.Custom(listenerFactory: listener, config: configuration)
        let server = GRPCServer(
            transport: transport,
            services: [InferenceHandlers(service: service, logger: logger)]
        )
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    do {
                        try await server.serve()
                    } catch let error as RuntimeError where error.code == .transportError {
                        throw AddressError(description: "gRPC on \(host):\(port): \(error.cause ?? error)")
                    }
                }
                group.addTask {
                    let address = await transport.listeningAddress
                    if let port = address?.ipv4?.port ?? address?.ipv6?.port {
                        logger.info("listening for gRPC", metadata: ["host": "\(host)", "port": "\(port)"])
                        await onListening(port)
                    }
                }
                try await group.waitForAll()
            }
        } onGracefulShutdown: {
            server.beginGracefulShutdown()
        }
    }

    private func address() throws -> NIOCore.SocketAddress {
        do {
            return try NIOCore.SocketAddress(ipAddress: host == "localhost" ? "127.0.0.1" : host, port: port)
        } catch {
            throw AddressError(description: "gRPC listens on a numerical address, not on a name")
        }
    }

    private var configuration: HTTP2ServerTransport.Custom<GRPCListener>.Config {
        let limits = service.limits
        var configuration = HTTP2ServerTransport.Custom<GRPCListener>.Config.defaults
        // No compression: the size limit of a message would hold before decompression only.
        configuration.compression.enabledAlgorithms = .none
        configuration.rpc.maxRequestPayloadSize = limits.maximumBodySize
        configuration.http2.maxConcurrentStreams = limits.maximumStreams
        configuration.connection.maxIdleTime = limits.idleTimeout
        configuration.connection.maxGraceTime = limits.requestTimeout
        // Keepalive: a client that is still connected answers a ping.
        configuration.connection.keepalive.time = limits.idleTimeout
        let places = ConnectionPlaces(limits.maximumConnections)
        configuration.channelDebuggingCallbacks.onAcceptTCPConnection = { channel in
            places.take(for: channel) == nil ? channel.close() : channel.eventLoop.makeSucceededVoidFuture()
        }
        let bodies = service.bodies
        configuration.channelDebuggingCallbacks.onAcceptHTTP2Stream = { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(QuiesceFilter(), position: .first)
                let reservation = bodies.reservation(for: ClientAddress(channel.parent?.remoteAddress))
                try pipeline.addHandler(MessageLimitHandler(limits, reservation: reservation), position: .first)
            }
        }
        return configuration
    }
}
