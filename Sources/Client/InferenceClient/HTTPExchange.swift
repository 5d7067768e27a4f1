import NIOCore
import NIOHTTP1

/// One request with the promise of its response.
struct HTTPExchange: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer?
    let response: EventLoopPromise<RawResponse>
}

/// A response with its whole body.
struct RawResponse: Sendable {
    let status: Int
    let body: ByteBuffer
    /// Whether another request may follow on the same connection.
    let isKeptAlive: Bool
    /// The seconds of `Retry-After`.
    let retryAfterSeconds: Int?
}

/// Runs exchanges on a connection, one at a time, and completes their promises.
final class HTTPExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPExchange
    typealias OutboundOut = HTTPClientRequestPart

    /// Why an exchange ended without a response.
    enum Failure: Error {
        case closedBeforeResponse
        case responseTooLarge
        case exchangeUnderWay
    }

    /// The state of the exchange in progress.
    private enum State {
        case idle
        case awaitingHead(EventLoopPromise<RawResponse>)
        case readingBody(EventLoopPromise<RawResponse>, HTTPResponseHead, ByteBuffer)
        case closed
    }

    /// The largest response body in bytes; the server's documents are small.
    private static let maximumBodySize = 4 << 20

    private var state = State.idle

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        switch state {
        case .idle:
            state = .awaitingHead(exchange.response)
        case .closed:
            exchange.response.fail(Failure.closedBeforeResponse)
            promise?.fail(Failure.closedBeforeResponse)
            return
        case .awaitingHead, .readingBody:
            exchange.response.fail(Failure.exchangeUnderWay)
            promise?.fail(Failure.exchangeUnderWay)
            return
        }
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        if let body = exchange.body {
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), .awaitingHead(let promise)):
            // An informational response (1xx) precedes the final one.
            guard head.status.code >= 200 else { return }
            state = .readingBody(promise, head, ByteBuffer())
        case (.body(var part), .readingBody(let promise, let head, var body)):
            guard body.readableBytes + part.readableBytes <= Self.maximumBodySize else {
                fail(with: Failure.responseTooLarge)
                context.close(promise: nil)
                return
            }
            body.writeBuffer(&part)
            state = .readingBody(promise, head, body)
        case (.end, .readingBody(let promise, let head, let body)):
            state = .idle
            promise.succeed(
                RawResponse(
                    status: Int(head.status.code),
                    body: body,
                    isKeptAlive: head.isKeepAlive,
                    retryAfterSeconds: head.headers.first(name: "retry-after").flatMap { Int($0) }
                )
            )
        default:
            // An unexpected part: the connection must not be used for another request.
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(with: Failure.closedBeforeResponse)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(with: error)
        context.close(promise: nil)
    }

    private func fail(with error: any Error) {
        switch state {
        case .awaitingHead(let promise), .readingBody(let promise, _, _): promise.fail(error)
        case .idle, .closed: break
        }
        state = .closed
    }
}
