import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOPosix
import NIOSSL

/// Accepts gRPC connections, with the server's own TLS configuration where it has one.
///
/// The transport's own TLS settings cannot set a minimum version, so they could not require TLS 1.3.
struct GRPCListener: HTTP2ServerTransport.ListenerFactory {
    /// Where to listen.
    let address: NIOCore.SocketAddress
    /// The server's TLS; nil for plain text.
    let tls: NIOSSLContext?
    /// The timeout for the handshake and the HTTP/2 preface, and half of the idle timeout.
    let timeout: TimeAmount

    var eventLoopGroup: any EventLoopGroup { MultiThreadedEventLoopGroup.singleton }

    func makeListeningChannel(
        listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
        connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
    ) async throws -> NIOAsyncChannel<HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never> {
        let (tls, timeout) = (tls, timeout)
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { listenerConfigurator.configure(channel: $0) }
            .bind(to: address) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(IdleTimeoutHandler(timeout: timeout))
                }.flatMap {
                    // A client that does not negotiate HTTP/2 is disconnected: the bytes of another protocol are never
                    // parsed as HTTP/2.
                    connectionConfigurator.configure(
                        channel: channel,
                        tls: tls == nil ? .none : .configured(requireALPN: true)
                    )
                }
            }
    }
}
