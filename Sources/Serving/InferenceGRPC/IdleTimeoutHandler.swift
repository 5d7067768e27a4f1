import NIOCore

/// Cuts a connection whose client does not come in, or has fallen silent for good.
///
/// gRPC's own handlers take leave of an idle client, and then wait for its answer as long as it likes: a client that never
/// ends its handshake, or never says anything, would keep its place for ever. Behind TLS, this sees what the client says.
final class IdleTimeoutHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// How long the client's preface of HTTP/2 is (RFC 9113 §3.4); other bytes in its place end the connection elsewhere.
    private static let prefaceSize = 24

    private enum State {
        /// The handshake or the preface is not over; so many bytes of the preface are there.
        case arriving(received: Int)
        /// The client speaks HTTP/2, and spoke last then.
        case speaking(since: NIODeadline)
    }

    private let patience: TimeAmount
    private var state = State.arriving(received: 0)
    private var timer: Scheduled<Void>?

    /// - Parameter patience: How long a client may take to come in, and half of how long it may be silent: a client that is
    ///   still there answers a ping in between.
    init(patience: TimeAmount) {
        self.patience = patience
    }

    func handlerAdded(context: ChannelHandlerContext) {
        look(in: patience, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let count = unwrapInboundIn(data).readableBytes
        if case .arriving(let received) = state, received + count < Self.prefaceSize {
            state = .arriving(received: received + count)
        } else {
            state = .speaking(since: context.eventLoop.now)
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Whoever has not come in cannot be told that the server ends, and has nothing under way.
        if event is ChannelShouldQuiesceEvent, case .arriving = state { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    private func look(in time: TimeAmount, _ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [self] in
            switch state {
            case .arriving: context.close(promise: nil)
            case .speaking(let last):
                let left = last + patience + patience - context.eventLoop.now
                if left > .zero { look(in: left, context) } else { context.close(promise: nil) }
            }
        }
    }
}
