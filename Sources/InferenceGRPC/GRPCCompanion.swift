import GRPCCore
import GRPCNIOTransportHTTP2Posix
package import InferenceServer
package import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// The Open Inference Protocol over gRPC, beside the HTTP server and with the same models and limits.
package struct GRPCCompanion: Service {
    /// Why the port could not be listened on.
    package struct AddressError: Error, CustomStringConvertible {
        /// What is wrong, for whoever started the server.
        package let description: String
    }

    private let host: String
    private let port: Int
    private let service: InferenceService
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Makes a server that does not listen yet.
    ///
    /// - Parameters:
    ///   - service: What answers.
    ///   - host: The address to listen on: a number of IPv4 or IPv6, or "localhost".
    ///   - port: The port; 0 takes a free one.
    ///   - logger: Takes one line a call.
    ///   - onListening: Called once with the port.
    package init(
        _ service: InferenceService,
        host: String,
        port: Int,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.service = service
        self.host = host
        self.port = port
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the group that it runs in shuts down; calls under way are answered.
    ///
    /// - Throws: The system's error where the address cannot be bound.
    package func run() async throws {
        let transport = HTTP2ServerTransport.Posix(
            address: try address(),
            transportSecurity: .plaintext,
            config: .defaults { configure(&$0) }
        )
        let server = GRPCServer(
            transport: transport,
            services: [InferenceHandlers(service: service, logger: logger)]
        )
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.serve() }
                group.addTask {
                    let address = try await transport.listeningAddress
                    if let port = address.ipv4?.port ?? address.ipv6?.port {
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

    private func address() throws -> GRPCNIOTransportHTTP2Posix.SocketAddress {
        let host = host == "localhost" ? "127.0.0.1" : host
        if (try? NIOCore.SocketAddress(ipAddress: host, port: port)) == nil {
            throw AddressError(description: "gRPC listens on a numerical address, not on a name")
        }
        return host.utf8.contains(UInt8(ascii: ":")) ? .ipv6(host: host, port: port) : .ipv4(host: host, port: port)
    }

    private func configure(_ configuration: inout HTTP2ServerTransport.Posix.Config) {
        let limits = service.limits
        // Compressed bodies would be bounded by what they claim to unpack to only.
        configuration.compression.enabledAlgorithms = .none
        configuration.rpc.maxRequestPayloadSize = limits.maximumBodySize
        configuration.http2.maxConcurrentStreams = limits.maximumConcurrentRequests
        configuration.connection.maxIdleTime = limits.idleTimeout
        configuration.connection.maxGraceTime = limits.requestTimeout
        let gate = ConnectionGate(limit: limits.maximumConnections)
        configuration.channelDebuggingCallbacks.onAcceptTCPConnection = { gate.admit($0) }
    }
}

/// Counts connections, and closes one too many.
private final class ConnectionGate: Sendable {
    private let limit: Int
    private let count = Mutex(0)

    init(limit: Int) {
        self.limit = limit
    }

    func admit(_ channel: any Channel) -> EventLoopFuture<Void> {
        let isAdmitted = count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { return channel.close() }
        channel.closeFuture.whenComplete { _ in self.count.withLock { $0 -= 1 } }
        return channel.eventLoop.makeSucceededVoidFuture()
    }
}
