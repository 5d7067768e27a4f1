import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOPosix
import NIOSSL

/// Takes gRPC's connections, under TLS of our own where there is some.
///
/// The transport's own TLS settings have no lowest version, so that they could not insist on TLS 1.3.
struct GRPCListener: HTTP2ServerTransport.ListenerFactory {
    /// Where to listen.
    let address: NIOCore.SocketAddress
    /// The server's TLS; nil for plain text.
    let tls: NIOSSLContext?
    /// How long a client may take to come in, and half of how long it may be silent.
    let patience: TimeAmount

    var eventLoopGroup: any EventLoopGroup { MultiThreadedEventLoopGroup.singleton }

    func makeListeningChannel(
        listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
        connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
    ) async throws -> NIOAsyncChannel<HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never> {
        let (tls, patience) = (tls, patience)
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { listenerConfigurator.configure(channel: $0) }
            .bind(to: address) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(IdleTimeoutHandler(patience: patience))
                }.flatMap {
                    // A client that does not say that it speaks HTTP/2 is sent away: no other protocol's bytes are read as
                    // if they were its.
                    connectionConfigurator.configure(
                        channel: channel,
                        tls: tls == nil ? .none : .configured(requireALPN: true)
                    )
                }
            }
    }
}
