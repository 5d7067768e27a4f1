import GRPCCore
import InferenceServer
import NIOCore
import NIOHPACK
import NIOHTTP2

/// Refuses a call whose message is too large, takes too long to arrive, or does not fit into the server's byte budget.
///
/// gRPC's own handlers collect whole messages before the server's code sees the call. This handler is the first of each
/// stream, so it counts the bytes before they are collected. A message's bytes are given back with its reply, or when the
/// stream closes.
final class MessageLimitHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// The method whose client may rest between messages.
    private static let streamingMethod = "/inference.GRPCInferenceService/ModelStreamInfer"

    private let maximumSize: Int
    private let timeout: Duration
    private let reservation: ByteBudget.Reservation
    private var requests = MessageSizes()
    private var replies = MessageSizes()
    /// The sizes of the messages that have no reply yet, the oldest first.
    private var unanswered: [Int] = []
    private var isStreaming = false
    private var hasResponseHead = false
    private var isRefused = false
    private var timer: Scheduled<Void>?

    /// - Parameters:
    ///   - limits: The largest message, and the timeout for one.
    ///   - reservation: Takes the bytes of the call's messages.
    init(_ limits: ServerConfiguration.Limits, reservation: ByteBudget.Reservation) {
        maximumSize = limits.maximumBodySize
        timeout = limits.bodyTimeout
        self.reservation = reservation
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        switch unwrapInboundIn(data) {
        case .headers(let head):
            if let path = head.headers.first(name: ":path") { isStreaming = path == Self.streamingMethod }
            if head.endStream { stopTimer() } else if !isStreaming { startTimer(context) }
        case .data(let content):
            if case .byteBuffer(let bytes) = content.data, let failure = admit(bytes) {
                return refuse(failure, context)
            }
            let isWaiting = isStreaming ? requests.isInsideMessage : !content.endStream
            if isWaiting { startTimer(context) } else { stopTimer() }
        default: break
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isRefused else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .headers: hasResponseHead = true
        case .data(let content):
            guard case .byteBuffer(let bytes) = content.data else { break }
            let count = min(replies.read(bytes).completed.count, unanswered.count)
            reservation.give(unanswered.prefix(count).reduce(0, +))
            unanswered.removeFirst(count)
        default: break
        }
        context.write(data, promise: promise)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stopTimer()
        reservation.giveAll()
    }

    /// Takes the bytes of a piece.
    ///
    /// - Returns: Why the call is refused; nil if it is not.
    private func admit(_ bytes: ByteBuffer) -> Failure? {
        let piece = requests.read(bytes)
        if piece.largestBegun > maximumSize {
            return .bodyTooLarge(limit: maximumSize, found: piece.largestBegun)
        }
        // A message that cannot fit is refused at its beginning, and not when most of it has arrived.
        guard piece.largestBegun == 0 || reservation.fits(piece.largestBegun), reservation.take(bytes.readableBytes)
        else {
            return .tooManyBytes(limit: reservation.limit)
        }
        unanswered += piece.completed
        return nil
    }

    /// Ends the call with a status, and stops its client from sending the rest (RFC 9113 §8.1).
    private func refuse(_ failure: Failure, _ context: ChannelHandlerContext) {
        let error = RPCError(failure)
        var trailers = HPACKHeaders()
        if !hasResponseHead {
            trailers.add(name: ":status", value: "200")
            trailers.add(name: "content-type", value: "application/grpc")
        }
        trailers.add(name: "grpc-status", value: "\(error.code.rawValue)")
        trailers.add(name: "grpc-message", value: failure.sentence)
        for (name, value) in error.metadata { trailers.add(name: name, value: value.encoded()) }
        isRefused = true
        stopTimer()
        context.write(wrapOutboundOut(.headers(.init(headers: trailers, endStream: true))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: nil)
    }

    private func startTimer(_ context: ChannelHandlerContext) {
        guard timer == nil else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) { [self] in
            guard !isRefused else { return }
            refuse(.bodyTimedOut(after: timeout), context)
        }
    }

    private func stopTimer() {
        timer?.cancel()
        timer = nil
    }
}
