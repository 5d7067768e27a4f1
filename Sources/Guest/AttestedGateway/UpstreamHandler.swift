import NIOCore
import NIOHTTP1

/// One request's connection to the application: forwards its response to the client, with backpressure.
final class UpstreamHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private let client: DownstreamHandler
    private let clientContext: ChannelHandlerContext
    private let takesChunks: Bool
    private var keepsAlive: Bool
    private var hasHead = false
    private var isDone = false

    /// - Parameters:
    ///   - client: The client's connection.
    ///   - context: The client's, for writing to it.
    ///   - head: The client's request.
    init(client: DownstreamHandler, context: ChannelHandlerContext, request head: HTTPRequestHead) {
        self.client = client
        clientContext = context
        takesChunks = head.version == .http1_1
        keepsAlive = head.isKeepAlive
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            // The gateway sends `100 Continue` itself.
            guard head.status.code >= 200 else { return }
            hasHead = true
            if !takesChunks, !head.headers.contains(name: "content-length") { keepsAlive = false }
            let answer = ForwardedHead.response(head, inChunks: takesChunks, keepsAlive: keepsAlive)
            clientContext.write(NIOAny(HTTPServerResponsePart.head(answer)), promise: nil)
        case .body(let bytes):
            clientContext.write(NIOAny(HTTPServerResponsePart.body(.byteBuffer(bytes))), promise: nil)
        case .end:
            guard hasHead else { return }
            isDone = true
            client.finish(clientContext, keepsAlive: keepsAlive)
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        clientContext.flush()
        context.fireChannelReadComplete()
    }

    /// Backpressure: reading from the application stops while the client's connection is not writable.
    func read(context: ChannelHandlerContext) {
        if clientContext.channel.isWritable { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { client.resumeReading(clientContext) }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isDone {
            isDone = true
            client.abandon(clientContext, beforeHead: !hasHead)
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
