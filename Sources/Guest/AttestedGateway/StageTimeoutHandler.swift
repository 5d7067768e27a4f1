import NIOCore
import NIOTLS

/// Closes a client's connection that takes too long for its handshake, for a request's head, or between parts of a body.
///
/// It stands behind TLS and before HTTP's handlers, and sees when decrypted bytes arrive; ``DownstreamHandler`` says what
/// they were. Without it a client that sends one byte a minute would hold a place until the idle timeout, and longer.
final class StageTimeoutHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum Stage {
        /// The handshake is under way.
        case handshake
        /// A head is expected or under way: the first one, or one whose first byte has arrived.
        case head
        /// The body is under way; the last bytes arrived at this time.
        case body(last: NIODeadline)
        /// A request is being answered, or nothing is asked: the idle timeout alone counts.
        case quiet(isAnswering: Bool)
    }

    private let limits: Gateway.Configuration
    private var stage = Stage.handshake
    private var timer: Scheduled<Void>?
    private var context: ChannelHandlerContext?

    /// Whether the gateway itself reads no further, because the application takes nothing: then the client is not late.
    var isHeld = false {
        didSet { if case .body = stage, let context { stage = .body(last: context.eventLoop.now) } }
    }

    init(_ limits: Gateway.Configuration) {
        self.limits = limits
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        schedule(limits.handshakeTimeout)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        self.context = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            stage = .head
            schedule(limits.headerTimeout)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch stage {
        case .body: stage = .body(last: context.eventLoop.now)
        case .quiet(isAnswering: false):
            stage = .head
            schedule(limits.headerTimeout)
        case .handshake, .head, .quiet: break
        }
        context.fireChannelRead(data)
    }

    /// A request's head is complete.
    func noteHead() {
        guard let context else { return }
        stage = .body(last: context.eventLoop.now)
        schedule(limits.bodyTimeout)
    }

    /// A request is complete.
    func noteEnd() {
        guard case .body = stage else { return }
        stage = .quiet(isAnswering: true)
        timer?.cancel()
    }

    /// A response is complete.
    func noteAnswer() {
        guard case .quiet = stage else { return }
        stage = .quiet(isAnswering: false)
    }

    private func schedule(_ time: TimeAmount) {
        timer?.cancel()
        timer = context?.eventLoop.assumeIsolated().scheduleTask(in: time) { [self] in check() }
    }

    private func check() {
        guard let context else { return }
        switch stage {
        case .handshake, .head: context.close(promise: nil)
        case .body(let last):
            let left = isHeld ? limits.bodyTimeout : last + limits.bodyTimeout - context.eventLoop.now
            if left > .zero { schedule(left) } else { context.close(promise: nil) }
        case .quiet: return
        }
    }
}
