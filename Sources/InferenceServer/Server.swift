import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle

/// An HTTP server for one model pack.
package struct Server: Sendable {
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Makes a server that does not listen yet.
    ///
    /// - Parameters:
    ///   - configuration: Where it listens, what it serves, and what it refuses.
    ///   - logger: Takes one line a request and the model's state.
    ///   - onListening: Called once with the port, before the model is loaded.
    package init(
        _ configuration: ServerConfiguration,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until SIGTERM or SIGINT, or until its task is cancelled.
    ///
    /// On a signal it accepts nothing new, finishes what it has, and returns.
    ///
    /// - Throws: The system's error where the address cannot be bound.
    package func run() async throws {
        let host = ModelHost(configuration: configuration, logger: logger)
        let application = Application(
            router: makeRouter(configuration, host: host),
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    idleTimeout: .nanoseconds(Int64(configuration.limits.idleTimeout.inSeconds * 1e9))
                )
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: "adyton",
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.limits.maximumConnections)
            ),
            services: [host],
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? configuration.port
                logger.info("listening", metadata: ["host": "\(configuration.host)", "port": "\(port)"])
                await onListening(port)
            },
            logger: logger
        )
        try await application.runService()
    }
}
