package import AttestedTransport
package import ModelRuntime

/// The address, the models and the limits of a server.
package struct ServerConfiguration: Sendable {
    /// What one request, or all of them together, may use.
    ///
    /// A request beyond a limit is refused with a stable code.
    package struct Limits: Sendable {
        /// The largest request body in bytes; beyond it the status is 413.
        package var maximumBodySize = 16 << 20
        /// The most bytes that the bodies of all requests may hold together, over HTTP and gRPC.
        ///
        /// Beyond it the status is 429. One address may hold three quarters.
        package var maximumBodyMemory = 64 << 20
        /// How many evaluations and inferences may be in progress; beyond it the status is 429.
        package var maximumConcurrentRequests = 64
        /// The time from a request's header to its response; beyond it the status is 503.
        package var requestTimeout: Duration = .seconds(30)
        /// The timeout for the request body; beyond it the status is 503, so slow senders do not hold a place.
        package var bodyTimeout: Duration = .seconds(10)
        /// The timeout for a connection without a request.
        package var idleTimeout: Duration = .seconds(60)
        /// How many connections may be open; further ones wait in the kernel's accept queue.
        package var maximumConnections = 1024
        /// How many calls one gRPC connection may have in progress; further ones wait at the client.
        package var maximumStreams = 16

        package init() {}
    }

    /// The address to listen on.
    package var host = "127.0.0.1"
    /// The port; 0 takes a free one.
    package var port = 8000
    /// A second port, on the loopback interface and in plain text, that reports readiness only; nil for none.
    package var healthPort: Int?
    /// Where the model packs are.
    package var source: PackSource
    /// How the models run.
    package var repository = ModelRepository.Configuration()
    /// Whether clients may load and unload models; every client that reaches the port then may.
    package var allowsModelControl = false
    /// Where traces are exported to; nil for none.
    package var traces: TraceDestination?
    /// The limits.
    package var limits = Limits()
    /// Who provides evidence for the server, which then speaks TLS 1.3 under its own key; nil for plain HTTP.
    package var attestation: AttestationSetup?

    package init(_ source: PackSource) {
        self.source = source
    }
}
