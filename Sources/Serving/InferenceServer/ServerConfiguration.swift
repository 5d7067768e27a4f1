package import AttestedTransport
package import ModelRuntime

/// Where a server listens, what it serves, and what it refuses.
package struct ServerConfiguration: Sendable {
    /// What one request, or all of them together, may cost.
    ///
    /// Going over a bound is answered with a stable code.
    package struct Limits: Sendable {
        /// The largest request body in bytes; beyond it the answer is 413.
        package var maximumBodySize = 16 << 20
        /// How many evaluations and inferences may be under way; beyond it the answer is 429.
        package var maximumConcurrentRequests = 64
        /// How long one request may take from its head to its answer; beyond it the answer is 503.
        package var requestTimeout: Duration = .seconds(30)
        /// How long a request's body may take to arrive; beyond it the answer is 503, so that slow senders free their place.
        package var bodyTimeout: Duration = .seconds(10)
        /// How long a connection may stay open without a request.
        package var idleTimeout: Duration = .seconds(60)
        /// How many connections may be open; further ones wait in the kernel's queue.
        package var maximumConnections = 1024

        package init() {}
    }

    /// The address to listen on.
    package var host = "127.0.0.1"
    /// The port; 0 takes a free one.
    package var port = 8000
    /// A further port, on the loopback interface alone and in plain text, that answers only whether the server is ready; nil
    /// for none.
    package var healthPort: Int?
    /// Where the model packs lie.
    package var source: PackSource
    /// How the models run.
    package var repository = ModelRepository.Configuration()
    /// Whether clients may load and unload models; whoever can reach the port then can.
    package var allowsModelControl = false
    /// Where traces go; nil for none.
    package var traces: TraceDestination?
    /// What is refused.
    package var limits = Limits()
    /// Who vouches for the server, so that it speaks TLS 1.3 under a key of its own; nil for plain HTTP.
    package var attestation: AttestationSetup?

    package init(_ source: PackSource) {
        self.source = source
    }
}
