import AttestedTransport
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Stands between a client and a server, and writes down every byte of both sides that it can read.
///
/// It ends the client's TLS under a key of its own and opens another towards the server; or it only carries bytes.
final class ManInTheMiddle: Sendable {
    enum Manner: Sendable {
        /// Carries TLS as it is: a network, which is no attack.
        case carries
        /// Ends TLS on both sides.
        case terminates(ServerIdentity)
    }

    fileprivate struct State {
        var manner: Manner
        var ofClient: [UInt8] = []
        var ofServer: [UInt8] = []
    }

    private let box: Box
    private let channel: any Channel

    init(before port: Int, _ manner: Manner) async throws {
        let box = Box(manner)
        self.box = box
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 16)
            // Nothing is read of the client before this is done.
            .childChannelInitializer { client in
                Self.join(client, to: port, box)
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    deinit { channel.close(promise: nil) }

    var port: Int { channel.localAddress?.port ?? 0 }
    /// What it could read of the client.
    var ofClient: [UInt8] { box.state.withLock { $0.ofClient } }
    /// What it could read of the server.
    var ofServer: [UInt8] { box.state.withLock { $0.ofServer } }

    /// Changes its manner for connections to come.
    func change(to manner: Manner) { box.state.withLock { $0.manner = manner } }

    private final class Box: Sendable {
        let state: Mutex<State>

        init(_ manner: Manner) { state = Mutex(State(manner: manner)) }
    }

    private static func join(_ client: any Channel, to port: Int, _ box: Box) -> EventLoopFuture<Void> {
        let manner = box.state.withLock { $0.manner }
        return ClientBootstrap(group: client.eventLoop)
            .channelInitializer { server in
                server.eventLoop.makeCompletedFuture {
                    guard case .terminates = manner else { return }
                    var configuration = TLSConfiguration.makeClientConfiguration()
                    configuration.certificateVerification = .none
                    configuration.applicationProtocols = ["http/1.1"]
                    try server.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: NIOSSLContext(configuration: configuration), serverHostname: nil)
                    )
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .flatMapThrowing { server in
                if case .terminates(let identity) = manner {
                    let context = try NIOSSLContext(configuration: identity.tlsConfiguration())
                    try client.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                }
                let pipeline = (client.pipeline.syncOperations, server.pipeline.syncOperations)
                try pipeline.0.addHandler(Recorder { bytes in box.state.withLock { $0.ofClient += bytes } })
                try pipeline.0.addHandler(Pipe(to: server))
                try pipeline.1.addHandler(Recorder { bytes in box.state.withLock { $0.ofServer += bytes } })
                try pipeline.1.addHandler(Pipe(to: client))
            }
    }

    /// Writes to one channel what another one reads.
    private final class Pipe: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let other: any Channel

        init(to other: any Channel) { self.other = other }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            other.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
