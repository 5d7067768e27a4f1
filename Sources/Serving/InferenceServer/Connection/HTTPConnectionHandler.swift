import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Handles the parts of an HTTP/1.1 connection that the request handlers do not see.
///
/// It applies backpressure to clients: a connection whose client does not read its responses is closed after a timeout.
/// It closes the connection behind a response with `Connection: close`, sends `100 Continue` (RFC 9110 §10.1.1), and
/// discards the bytes of a request body that arrive after the response.
final class HTTPConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// The time between the end of the last response and the close of the connection, for the client to read it.
    private static let lingerTime: TimeAmount = .seconds(1)

    private let stallTimeout: TimeAmount
    private let maximumBodySize: Int
    private var pendingResponses = 0
    /// When a response was last queued while none was pending, or last written.
    private var lastProgress = NIODeadline.now()
    private var stallTimer: Scheduled<Void>?
    private var closesAfterResponse = false
    /// How many requests and responses the connection has had; a pipelining client sends the next request before the
    /// response.
    private var (requestCount, responseCount) = (0, 0)

    /// - Parameters:
    ///   - stallTimeout: The timeout for a client that does not read a response.
    ///   - maximumBodySize: The largest request body that gets `100 Continue`, in bytes.
    init(stallTimeout: TimeAmount, maximumBodySize: Int) {
        self.stallTimeout = stallTimeout
        self.maximumBodySize = maximumBodySize
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            requestCount += 1
            sendContinueIfExpected(head, context: context)
        // The rest of a refused request's body is discarded without parsing; under overload there are many.
        case .body where responseCount == requestCount: return
        case .body, .end: break
        }
        context.fireChannelRead(data)
    }

    /// Sends `100 Continue` to a client that expects it, unless the stated body is too large.
    private func sendContinueIfExpected(_ head: HTTPRequest, context: ChannelHandlerContext) {
        guard head.headerFields[.expect]?.lowercased() == "100-continue" else { return }
        let size = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
        guard size <= maximumBodySize else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            closesAfterResponse = head.headerFields[.connection]?.lowercased() == "close"
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            responseCount += 1
            let closes = closesAfterResponse
            let done = promise ?? context.eventLoop.makePromise()
            if pendingResponses == 0 { lastProgress = .now() }
            pendingResponses += 1
            let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            done.futureResult.whenComplete { _ in
                let (handler, context) = loopBound.value
                handler.noteResponseWritten(context: context, closes: closes)
            }
            startStallTimer(context)
            context.write(data, promise: done)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stallTimer?.cancel()
    }

    private func noteResponseWritten(context: ChannelHandlerContext, closes: Bool) {
        pendingResponses -= 1
        lastProgress = .now()
        guard closes else { return }
        // The sending side first: a full close while the client still sends could reset the connection before it reads
        // the response.
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.lingerTime) { channel.close(promise: nil) }
    }

    /// Starts the timer for unread responses; there is one for each connection, and it checks the progress when it
    /// fires.
    private func startStallTimer(_ context: ChannelHandlerContext) {
        guard stallTimer == nil else { return }
        let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        stallTimer = context.eventLoop.scheduleTask(deadline: lastProgress + stallTimeout) {
            let (handler, context) = loopBound.value
            handler.stallTimer = nil
            guard handler.pendingResponses > 0 else { return }
            guard .now() < handler.lastProgress + handler.stallTimeout else { return context.close(promise: nil) }
            handler.startStallTimer(context)
        }
    }
}
