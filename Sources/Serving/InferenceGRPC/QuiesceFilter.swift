import NIOCore

/// Keeps the shutdown event of the server from the streams of calls in progress.
///
/// gRPC's own stream handler treats that event as a cancellation of the call, as if the client had disconnected; but
/// calls in progress are answered before the shutdown.
final class QuiesceFilter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard !(event is ChannelShouldQuiesceEvent) else { return }
        context.fireUserInboundEventTriggered(event)
    }
}
