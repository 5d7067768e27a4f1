package import AttestedTransport
package import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Attested TLS in front of an application that speaks plain HTTP on the machine's own loopback interface.
///
/// TLS terminates in the same machine. Bodies are streamed in both directions with backpressure: neither side is read
/// faster than the other accepts data.
package struct Gateway: Sendable {
    /// The addresses and limits of a gateway.
    package struct Configuration: Sendable {
        /// The address to listen on.
        package var host = "0.0.0.0"
        /// The port to listen on; 0 takes a free one.
        package var port = 8443
        /// A listening TCP socket to use in place of host and port; nil to open one.
        package var listeningSocket: CInt?
        /// The application's port on the loopback interface.
        package var applicationPort: Int
        /// How many connections may be open, as ``ConnectionPlaces`` shares them; a further one is closed at once.
        package var maximumConnections = 1024
        /// The timeout for a connection's handshake.
        package var handshakeTimeout: TimeAmount = .seconds(10)
        /// The timeout for a request's head, from its first byte; for the first one, from the handshake.
        package var headerTimeout: TimeAmount = .seconds(10)
        /// The longest time between two parts of a request's body, while the application takes them.
        package var bodyTimeout: TimeAmount = .seconds(30)
        /// The timeout for a connection without traffic.
        package var idleTimeout: TimeAmount = .seconds(300)
        /// The timeout for connecting to the application.
        package var connectTimeout: TimeAmount = .seconds(5)

        /// Makes the configuration for an application.
        ///
        /// - Parameter applicationPort: Its port on the loopback interface.
        package init(applicationPort: Int) {
            self.applicationPort = applicationPort
        }
    }

    private let configuration: Configuration
    private let issuer: EvidenceIssuer

    /// Makes a gateway that does not listen yet.
    ///
    /// - Parameters:
    ///   - configuration: The addresses and limits.
    ///   - issuer: Has the keys, and issues evidence.
    package init(_ configuration: Configuration, issuer: EvidenceIssuer) {
        self.configuration = configuration
        self.issuer = issuer
    }

    /// Starts to listen.
    ///
    /// - Returns: The listening socket; closing it ends the gateway.
    /// - Throws: The system's error where the address cannot be bound, `transport.identity-failed`.
    package func listen() async throws -> any Channel {
        let context = try NIOSSLContext(configuration: issuer.identity.tlsConfiguration())
        let (configuration, issuer) = (configuration, issuer)
        let places = ConnectionPlaces(configuration.maximumConnections)
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let place = places.take(for: channel) else { throw ChannelError.operationUnsupported }
                    let timeouts = StageTimeoutHandler(configuration)
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    try pipeline.addHandler(IdleStateHandler(allTimeout: configuration.idleTimeout))
                    try pipeline.addHandler(timeouts)
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(DownstreamHandler(configuration, issuer, timeouts, place))
                }
            }
        if let socket = configuration.listeningSocket { return try await bootstrap.withBoundSocket(socket).get() }
        return try await bootstrap.bind(host: configuration.host, port: configuration.port).get()
    }
}
