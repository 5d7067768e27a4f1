import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Watches one connection for what the request handlers cannot see.
///
/// It closes a connection whose client does not read its answers, closes behind an answer that says so, tells a client
/// that waits for it to go on with a body (RFC 9110 §10.1.1), and discards the bytes of a body that arrive behind its answer.
final class HTTPConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long a client has to take in the end of an answer before the connection is cut.
    private static let lingerTime: TimeAmount = .seconds(1)

    private let stallLimit: TimeAmount
    private let maximumBodySize: Int
    private var pendingAnswers = 0
    /// When an answer last began to be written, or was.
    private var lastProgress = NIODeadline.now()
    private var watch: Scheduled<Void>?
    private var closesBehindAnswer = false
    /// How many requests began to arrive, and how many were answered; a client may send the next before an answer.
    private var (requestCount, answerCount) = (0, 0)

    /// - Parameters:
    ///   - stallLimit: How long a client may leave an answer unread.
    ///   - maximumBodySize: The largest body that is worth waiting for.
    init(stallLimit: TimeAmount, maximumBodySize: Int) {
        self.stallLimit = stallLimit
        self.maximumBodySize = maximumBodySize
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            requestCount += 1
            greet(head, context: context)
        // A refused request's image: nobody reads it, and under overload there are many.
        case .body where answerCount == requestCount: return
        case .body, .end: break
        }
        context.fireChannelRead(data)
    }

    /// Tells a client to go on that waits for it.
    private func greet(_ head: HTTPRequest, context: ChannelHandlerContext) {
        guard head.headerFields[.expect]?.lowercased() == "100-continue" else { return }
        let size = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
        guard size <= maximumBodySize else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            closesBehindAnswer = head.headerFields[.connection]?.lowercased() == "close"
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            answerCount += 1
            let closes = closesBehindAnswer
            let done = promise ?? context.eventLoop.makePromise()
            if pendingAnswers == 0 { lastProgress = .now() }
            pendingAnswers += 1
            let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            done.futureResult.whenComplete { _ in
                let (handler, context) = loopBound.value
                handler.noteWritten(context: context, closes: closes)
            }
            startWatching(context)
            context.write(data, promise: done)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        watch?.cancel()
    }

    private func noteWritten(context: ChannelHandlerContext, closes: Bool) {
        pendingAnswers -= 1
        lastProgress = .now()
        guard closes else { return }
        // Half first: a cut while the client still sends could take the answer away from it.
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.lingerTime) { channel.close(promise: nil) }
    }

    /// Sees to it that an answer that is not taken is noticed; one timer a connection, which looks when it goes off.
    private func startWatching(_ context: ChannelHandlerContext) {
        guard watch == nil else { return }
        let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        watch = context.eventLoop.scheduleTask(deadline: lastProgress + stallLimit) {
            let (handler, context) = loopBound.value
            handler.watch = nil
            guard handler.pendingAnswers > 0 else { return }
            guard .now() < handler.lastProgress + handler.stallLimit else { return context.close(promise: nil) }
            handler.startWatching(context)
        }
    }
}
