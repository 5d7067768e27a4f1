import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Tells the handlers behind it which requests are the last of their connection, by the one header that they look at.
///
/// HTTP/1.0 closes the connection unless the client asks to keep it, HTTP/1.1 keeps it unless the client says `close`
/// (RFC 9112 §9.3). The version is lost in the types that the handlers behind this one have, so this handler sets the
/// request's `Connection: close`.
final class PersistenceHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    /// Adds a handler to a connection whose pipeline has been set up for HTTP/1.
    ///
    /// - Parameter channel: The connection; the caller is on its event loop.
    /// - Throws: The pipeline's error where it has no codec of HTTP/1.
    static func add(to channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
        try pipeline.addHandler(PersistenceHandler(), position: .before(codec))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), !head.isKeepAlive else {
            return context.fireChannelRead(data)
        }
        head.headers.replaceOrAdd(name: "connection", value: "close")
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
