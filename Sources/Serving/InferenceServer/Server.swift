package import AttestedTransport
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
package import ServiceLifecycle
import UnixSignals

/// An HTTP server for model packs.
package struct Server: Sendable {
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void
    private let companions: @Sendable (InferenceService, ServerIdentity?) -> [any Service]

    /// Makes a server that does not listen yet.
    ///
    /// - Parameters:
    ///   - configuration: The address, the models and the limits.
    ///   - logger: Gets one line a request, and the state of the models.
    ///   - onListening: Called once with the port, before the models are loaded.
    ///   - companions: Services that run as long as the server, with the same models and, if the server has one, the
    ///     same key.
    package init(
        _ configuration: ServerConfiguration,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in },
        companions: @escaping @Sendable (InferenceService, ServerIdentity?) -> [any Service] = { _, _ in [] }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
        self.companions = companions
    }

    /// Serves until SIGTERM or SIGINT, or until its task is cancelled.
    ///
    /// On a signal it stops to listen, finishes the requests in progress, and returns.
    ///
    /// - Throws: The system's error where the address cannot be bound; the error of the evidence source where it fails
    ///   at the start.
    package func run() async throws {
        let limits = configuration.limits
        let host = ModelHost(configuration: configuration, logger: logger)
        // Loading takes half of a sealed machine's start; keys and evidence do not wait for it.
        host.begin()
        defer { host.stop() }
        let issuer = try await openIssuer()
        let service = InferenceService(configuration, host: host)
        let connections = ConnectionPlaces(limits.maximumConnections)
        let traces = configuration.traces.map { TraceExporter($0, logger: logger) }
        let application = Application(
            router: makeRouter(service, connections: connections, traces: traces, issuer: issuer),
            server: try protocolStack(issuer, connections),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: "adyton",
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.limits.maximumConnections)
            ),
            services: [host, IdleMemoryTrimmer(service: service)] + (traces.map { [$0] } ?? []) + healthListener(host)
                + companions(service, issuer?.identity),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? configuration.port
                logger.info("listening", metadata: ["host": "\(configuration.host)", "port": "\(port)"])
                await onListening(port)
            },
            logger: logger
        )
        var group = ServiceGroupConfiguration(
            services: [application],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        // Connections that clients still hold open by then are closed.
        group.maximumGracefulShutdownDuration = limits.requestTimeout + .seconds(5)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch is CancellationError {
            return
        }
    }

    /// A plain-text listener on the loopback interface that reports readiness only, for a launcher that does not speak
    /// TLS.
    private func healthListener(_ host: ModelHost) -> [any Service] {
        guard let port = configuration.healthPort else { return [] }
        let router = Router(context: ServerContext.self)
        HealthRoutes(host: host).add(to: router)
        let channel = HTTP1Channel.Configuration(idleTimeout: TimeAmount(configuration.limits.idleTimeout))
        let connections = ConnectionPlaces(16)
        return [
            Application(
                router: router,
                server: HTTPServerBuilder { responder in
                    LoopBoundChannel(
                        base: HTTP1Channel(responder: responder, configuration: channel),
                        connections: connections
                    )
                },
                configuration: ApplicationConfiguration(
                    address: .hostname("127.0.0.1", port: port),
                    serverName: "adyton",
                    availableConnectionsDelegate: MaximumAvailableConnections(16)
                ),
                onServerRunning: { [logger] channel in
                    logger.info("listening for health", metadata: ["port": "\(channel.localAddress?.port ?? port)"])
                },
                logger: logger
            )
        ]
    }

    /// Makes the server's keys and gets evidence for them; nil where the server speaks plain HTTP.
    private func openIssuer() async throws -> EvidenceIssuer? {
        guard let attestation = configuration.attestation else { return nil }
        let issuer = try await attestation.open()
        logger.info("evidence", metadata: ["platform": "\(attestation.source.platform)"])
        return issuer
    }

    private func protocolStack(_ issuer: EvidenceIssuer?, _ connections: ConnectionPlaces) throws -> HTTPServerBuilder {
        let limits = configuration.limits
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                HTTPConnectionHandler(
                    stallTimeout: TimeAmount(limits.idleTimeout),
                    maximumBodySize: limits.maximumBodySize
                )
            ],
            idleTimeout: TimeAmount(limits.idleTimeout)
        )
        let plain = HTTPServerBuilder { responder in
            LoopBoundChannel(
                base: HTTP1Channel(responder: responder, configuration: configuration),
                connections: connections
            )
        }
        guard let issuer else { return plain }
        return try .tls(plain, tlsConfiguration: try issuer.identity.tlsConfiguration())
    }
}
