import NIOCore
import NIOHTTP1

/// One request's connection to the application: forwards its response to the client, with backpressure.
final class UpstreamHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private let client: DownstreamHandler
    private let clientContext: ChannelHandlerContext
    private let keepsAlive: Bool
    private var hasHead = false
    private var isDone = false

    init(client: DownstreamHandler, context: ChannelHandlerContext, keepsAlive: Bool) {
        self.client = client
        clientContext = context
        self.keepsAlive = keepsAlive
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            // The gateway sends `100 Continue` itself.
            guard head.status.code >= 200 else { return }
            hasHead = true
            let answer = ForwardedHead.response(head, keepsAlive: keepsAlive)
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
