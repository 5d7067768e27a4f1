import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP proxy on the loopback interface that makes tunnels to one port, whatever host it gets, or refuses them.
final class LocalProxy: Sendable {
    private let channel: any Channel
    private let log: Log

    fileprivate final class Log: Sendable {
        let heads = Mutex<[HTTPRequestHead]>([])
    }

    /// Starts.
    ///
    /// - Parameter port: The port on the loopback interface that every tunnel leads to; nil to refuse with 407.
    /// - Throws: NIO's error where the loopback interface gives no port.
    init(to port: Int?) async throws {
        let log = Log()
        self.log = log
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(decoder)
                    try pipeline.addHandler(ConnectHandler(port: port, log: log, decoder: decoder))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }

    deinit {
        channel.close(promise: nil)
    }

    /// The port that it listens on.
    var port: Int { channel.localAddress?.port ?? 0 }

    /// The heads of the requests that it got.
    var heads: [HTTPRequestHead] { log.heads.withLock(\.self) }
}

/// Answers `CONNECT`, and becomes a tunnel.
private final class ConnectHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let port: Int?
    private let log: LocalProxy.Log
    private let decoder: ByteToMessageHandler<HTTPRequestDecoder>

    init(port: Int?, log: LocalProxy.Log, decoder: ByteToMessageHandler<HTTPRequestDecoder>) {
        self.port = port
        self.log = log
        self.decoder = decoder
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): log.heads.withLock { $0.append(head) }
        case .body: break
        case .end: answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard let port else {
            return write("407 Proxy Authentication Required\r\ncontent-length: 0", context)
        }
        let side = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop)
            .connect(host: "127.0.0.1", port: port)
            .assumeIsolated()
            .whenComplete { result in
                let (handler, context) = side.value
                guard case .success(let peer) = result else { return context.close(promise: nil) }
                handler.join(peer, context)
            }
    }

    private func join(_ peer: any Channel, _ context: ChannelHandlerContext) {
        write("200 Connection established", context)
        let pipeline = context.pipeline.syncOperations
        do {
            try peer.pipeline.syncOperations.addHandler(TunnelHandler(to: context.channel))
            try pipeline.addHandler(TunnelHandler(to: peer))
        } catch {
            return context.close(promise: nil)
        }
        pipeline.removeHandler(self, promise: nil)
        pipeline.removeHandler(decoder, promise: nil)
    }

    private func write(_ status: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 \(status)\r\n\r\n")), promise: nil)
    }
}

/// Writes what one end of a tunnel reads to the other.
private final class TunnelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let peer: any Channel

    init(to peer: any Channel) {
        self.peer = peer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        peer.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        peer.close(promise: nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
