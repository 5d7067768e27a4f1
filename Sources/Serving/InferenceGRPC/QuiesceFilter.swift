import NIOCore

/// Keeps from a call that the server is about to end.
///
/// gRPC's own handler takes that for the call's cancellation, as if the client had left; but what is under way is answered.
final class QuiesceFilter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard !(event is ChannelShouldQuiesceEvent) else { return }
        context.fireUserInboundEventTriggered(event)
    }
}
