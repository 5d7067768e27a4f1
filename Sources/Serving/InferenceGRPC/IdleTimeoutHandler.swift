import NIOCore

/// Closes a gRPC connection whose client does not complete its handshake in time, or sends nothing for too long.
///
/// gRPC's own handlers send GOAWAY to an idle client and then wait for it without a limit, so a client that never
/// completes its handshake, or never sends a byte, would hold its connection forever. This handler is placed behind TLS
/// and sees the decrypted bytes.
final class IdleTimeoutHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// The length of the client's HTTP/2 preface in bytes (RFC 9113 §3.4); the HTTP/2 parser refuses other bytes.
    private static let prefaceSize = 24

    private enum State {
        /// The handshake or the preface is not complete; `received` bytes of the preface have arrived.
        case arriving(received: Int)
        /// The preface is complete, and the last bytes arrived at `since`.
        case speaking(since: NIODeadline)
    }

    private let patience: TimeAmount
    private var state = State.arriving(received: 0)
    private var timer: Scheduled<Void>?

    /// - Parameter patience: The timeout for the handshake and the preface. The idle timeout is twice as long: a client
    ///   that is still connected answers a keepalive ping in between.
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
        // Before its preface is complete, a client cannot receive GOAWAY, and has no request in progress.
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
