import NIOCore
import Synchronization

/// Knows which clients have left while their request is being worked on.
final class ConnectionRegistry: Sendable {
    private struct Connection {
        var hasLeft = false
        var callbacks: [UInt64: @Sendable () -> Void] = [:]
    }

    private struct State {
        var connections: [ObjectIdentifier: Connection] = [:]
        var nextNumber: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Notes a new connection.
    func noteArrival(_ channel: any Channel) {
        state.withLock { $0.connections[ObjectIdentifier(channel)] = Connection() }
    }

    /// Notes that a client sends nothing any more, and calls whoever waits to hear of it.
    ///
    /// A client that only closed its sending side counts as gone, too, as most servers have it.
    func noteDeparture(_ channel: any Channel) {
        let callbacks = state.withLock { state in
            let key = ObjectIdentifier(channel)
            defer {
                state.connections[key]?.hasLeft = true
                state.connections[key]?.callbacks = [:]
            }
            return state.connections[key]?.callbacks.values.map(\.self) ?? []
        }
        for callback in callbacks { callback() }
    }

    /// Forgets a connection that is closed.
    func forget(_ channel: any Channel) {
        noteDeparture(channel)
        state.withLock { $0.connections[ObjectIdentifier(channel)] = nil }
    }

    /// How many connections are open.
    var connectionCount: Int {
        state.withLock { $0.connections.count }
    }

    /// Has something called when a client leaves, at once where it has left; a client that was never noted stays.
    ///
    /// - Returns: What `unwatch` takes.
    func watch(_ channel: any Channel, _ callback: @escaping @Sendable () -> Void) -> Watch {
        let key = ObjectIdentifier(channel)
        let (number, hasLeft) = state.withLock { state in
            state.nextNumber += 1
            let number = state.nextNumber
            guard state.connections[key]?.hasLeft == false else { return (number, state.connections[key] != nil) }
            state.connections[key]?.callbacks[number] = callback
            return (number, false)
        }
        if hasLeft { callback() }
        return Watch(connection: key, number: number)
    }

    /// Has nothing called any more.
    func unwatch(_ watch: Watch) {
        state.withLock { _ = $0.connections[watch.connection]?.callbacks.removeValue(forKey: watch.number) }
    }

    /// Who waits for a client to leave.
    struct Watch {
        fileprivate let connection: ObjectIdentifier
        fileprivate let number: UInt64
    }
}

/// Notes the arrival and the departure of the client of one connection.
final class DisconnectHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let departures: ConnectionRegistry

    init(_ departures: ConnectionRegistry) {
        self.departures = departures
    }

    func handlerAdded(context: ChannelHandlerContext) {
        departures.noteArrival(context.channel)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { departures.noteDeparture(context.channel) }
        context.fireUserInboundEventTriggered(event)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        departures.forget(context.channel)
    }
}
