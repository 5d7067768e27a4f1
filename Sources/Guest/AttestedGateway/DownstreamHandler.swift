import AttestedTransport
import NIOCore
import NIOHTTP1
import NIOPosix

/// One client's connection: answers challenges itself, and forwards every other request to the application.
final class DownstreamHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Between requests.
        case idle
        /// The gateway answers the request itself; its body is discarded.
        case answering
        /// The connection to the application is being opened; parts are buffered, and reading stops.
        case connecting([HTTPClientRequestPart])
        /// Parts are forwarded to the application.
        case forwarding(any Channel)
        /// The connection closes.
        case closed
    }

    private let configuration: Gateway.Configuration
    private let issuer: EvidenceIssuer
    private let timeouts: StageTimeoutHandler
    private let place: ConnectionPlaces.Place
    private var state = State.idle
    private var isReadWanted = false { didSet { timeouts.isHeld = isReadWanted } }

    init(
        _ configuration: Gateway.Configuration,
        _ issuer: EvidenceIssuer,
        _ timeouts: StageTimeoutHandler,
        _ place: ConnectionPlaces.Place
    ) {
        self.configuration = configuration
        self.issuer = issuer
        self.timeouts = timeouts
        self.place = place
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch part {
        case .head: timeouts.noteHead()
        case .end: timeouts.noteEnd()
        case .body: break
        }
        switch (state, part) {
        case (.idle, .head(let head)): begin(head, context)
        case (.connecting(let parts), _): if let part = Self.forwarded(part) { state = .connecting(parts + [part]) }
        case (.forwarding(let application), _):
            if let part = Self.forwarded(part) { application.write(part, promise: nil) }
        case (.answering, _), (.idle, _), (.closed, _): break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if case .forwarding(let application) = state { application.flush() }
        context.fireChannelReadComplete()
    }

    /// Backpressure: reading from the client stops while the application's connection is not writable.
    func read(context: ChannelHandlerContext) {
        switch state {
        case .connecting: isReadWanted = true
        case .forwarding(let application) where !application.isWritable: isReadWanted = true
        default: context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .forwarding(let application) = state, context.channel.isWritable { application.read() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .forwarding(let application) = state { application.close(promise: nil) }
        state = .closed
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let path = head.uri.prefix { $0 != "?" }
        if path.hasPrefix("/.well-known/adyton/") {
            state = .answering
            answerChallenge(head, isEvidence: path == EvidenceDocument.path, context)
            return
        }
        if head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" }) {
            let go = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(go)), promise: nil)
        }
        state = .connecting([.head(ForwardedHead.request(head, toPort: configuration.applicationPort))])
        let side = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop)
            .connectTimeout(configuration.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    let (client, context) = side.value
                    try channel.pipeline.syncOperations.addHandler(
                        UpstreamHandler(client: client, context: context, request: head)
                    )
                }
            }
            .connect(host: "127.0.0.1", port: configuration.applicationPort)
            .assumeIsolated()
            .whenComplete { [self] result in
                switch result {
                case .success(let application): forward(application, context)
                case .failure: refuse(.badGateway, "gateway.application-unreachable", context)
                }
            }
    }

    private func forward(_ application: any Channel, _ context: ChannelHandlerContext) {
        guard case .connecting(let parts) = state else { return application.close(promise: nil) }
        state = .forwarding(application)
        for part in parts { application.write(part, promise: nil) }
        application.flush()
        resumeReading(context)
    }

    /// Resumes reading when the application's connection is writable again.
    func resumeReading(_ context: ChannelHandlerContext) {
        guard isReadWanted else { return }
        isReadWanted = false
        read(context: context)
    }

    /// Ends the response, when the application's is complete.
    func finish(_ context: ChannelHandlerContext, keepsAlive: Bool) {
        state = .idle
        timeouts.noteAnswer()
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            if !keepsAlive { context.close(promise: nil) }
        }
        resumeReading(context)
    }

    /// Handles an application that closed its connection before the end of its response.
    func abandon(_ context: ChannelHandlerContext, beforeHead: Bool) {
        if beforeHead {
            refuse(.badGateway, "gateway.application-broke-off", context)
        } else {
            context.close(promise: nil)
        }
    }

    private func answerChallenge(_ head: HTTPRequestHead, isEvidence: Bool, _ context: ChannelHandlerContext) {
        let closes = !head.isKeepAlive
        guard isEvidence else { return respond(.notFound, Reply.json("request.not-found"), context, closes: closes) }
        guard head.method == .GET else {
            return respond(.methodNotAllowed, Reply.json("request.method-not-allowed"), context, closes: closes)
        }
        let nonce = Reply.parameter("nonce", of: head.uri)
        let promise = context.eventLoop.makePromise(of: [UInt8].self)
        let address = ClientAddress(context.remoteAddress)
        promise.completeWithTask { [issuer] in try await issuer.document(nonce: nonce, for: address) }
        promise.futureResult.assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(let document):
                place.prove()
                respond(.ok, document, context, closes: closes)
            case .failure(let error):
                let (status, code, seconds) = Reply.status(of: error)
                respond(status, Reply.json(code), context, retryAfter: seconds, closes: closes)
            }
        }
    }

    private func refuse(_ status: HTTPResponseStatus, _ code: String, _ context: ChannelHandlerContext) {
        state = .answering
        respond(status, Reply.json(code), context, closes: true)
        resumeReading(context)
    }

    private func respond(
        _ status: HTTPResponseStatus,
        _ body: [UInt8],
        _ context: ChannelHandlerContext,
        retryAfter: Int? = nil,
        closes: Bool = false
    ) {
        guard context.channel.isActive else { return }
        let head = Reply.head(status, length: body.count, retryAfter: retryAfter, closes: closes)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        if !closes {
            state = .idle
            timeouts.noteAnswer()
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            if closes { context.close(promise: nil) }
        }
    }

    private static func forwarded(_ part: HTTPServerRequestPart) -> HTTPClientRequestPart? {
        switch part {
        case .head: nil
        case .body(let bytes): .body(.byteBuffer(bytes))
        case .end(let trailers): .end(trailers)
        }
    }
}
