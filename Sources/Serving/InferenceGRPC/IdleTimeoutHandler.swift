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
        case handshaking(received: Int)
        /// The preface is complete, and the last bytes arrived at `since`.
        case active(since: NIODeadline)
    }

    private let timeout: TimeAmount
    private var state = State.handshaking(received: 0)
    private var timer: Scheduled<Void>?

    /// - Parameter timeout: The timeout for the handshake and the preface. The idle timeout is twice as long: a client
    ///   that is still connected answers a keepalive ping in between.
    init(timeout: TimeAmount) {
        self.timeout = timeout
    }

    func handlerAdded(context: ChannelHandlerContext) {
        scheduleCheck(in: timeout, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let count = unwrapInboundIn(data).readableBytes
        if case .handshaking(let received) = state, received + count < Self.prefaceSize {
            state = .handshaking(received: received + count)
        } else {
            state = .active(since: context.eventLoop.now)
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Before its preface is complete, a client cannot receive GOAWAY, and has no request in progress.
        if event is ChannelShouldQuiesceEvent, case .handshaking = state { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    private func scheduleCheck(in time: TimeAmount, _ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [self] in
            switch state {
            case .handshaking: context.close(promise: nil)
            case .active(let last):
                let left = last + timeout + timeout - context.eventLoop.now
                if left > .zero { scheduleCheck(in: left, context) } else { context.close(promise: nil) }
            }
        }
    }
}
