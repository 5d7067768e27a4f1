import NIOCore
import Synchronization

/// Whether the client of one connection is still connected, for the request in progress on it.
///
/// `LoopBoundChannel` makes one for each connection, and `DisconnectHandler` reports the disconnect. Nothing but the
/// connection's own request uses its lock.
final class ClientConnection: Sendable {
    /// The connection of the request that the current task handles; nil outside of a connection, as in tests of the router.
    @TaskLocal static var current: ClientConnection?

    private enum State {
        case connected(onDisconnect: (@Sendable () -> Void)?)
        case disconnected
    }

    private let state = Mutex(State.connected(onDisconnect: nil))

    /// Sets what is called when the client disconnects, at once if it already has.
    ///
    /// - Parameter callback: Replaces the previous one: a connection has one request in progress at a time.
    func onDisconnect(_ callback: @escaping @Sendable () -> Void) {
        let isDisconnected = state.withLock { state in
            guard case .connected = state else { return true }
            state = .connected(onDisconnect: callback)
            return false
        }
        if isDisconnected { callback() }
    }

    /// Removes the callback, when the request is done.
    func removeCallback() {
        state.withLock { state in
            if case .connected = state { state = .connected(onDisconnect: nil) }
        }
    }

    /// Notes the disconnect, and calls the callback; later calls do nothing.
    func noteDisconnect() {
        let callback: (@Sendable () -> Void)? = state.withLock { state in
            defer { state = .disconnected }
            guard case .connected(let callback) = state else { return nil }
            return callback
        }
        callback?()
    }
}

/// Notes when the client of one connection disconnects.
///
/// A client that closes its sending side alone counts as disconnected, too, as in most servers. The handler is the first of
/// the pipeline: HTTP's own handlers hold the end of the input back until the response is written.
final class DisconnectHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let connection: ClientConnection

    init(_ connection: ClientConnection) {
        self.connection = connection
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { connection.noteDisconnect() }
        context.fireUserInboundEventTriggered(event)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        connection.noteDisconnect()
    }
}
