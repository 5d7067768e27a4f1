import AttestedTransport
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes

/// Runs tasks on a connection's event loop.
///
/// Requests are read, handled and answered on the loop's own thread: on Swift's global pool each of these steps would
/// wake another thread, which costs more than the step itself. Nothing that runs here may block or take long; images
/// are decoded and engines run on threads of their own.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // Safe: the closure holds the executor while the job runs.
        loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// An HTTP/1.1 connection whose requests are handled on its event loop, with its `ClientConnection` as the current one.
struct LoopBoundChannel: ServerChildChannel {
    /// A connection whose pipeline is set up.
    struct Value: ServerChildChannelValue {
        let base: HTTP1Channel.Value
        let connection: ClientConnection

        var channel: any Channel { base.channel }
    }

    let base: HTTP1Channel
    let connections: ConnectionPlaces

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let connection = ClientConnection()
        guard connections.take(for: channel) != nil else {
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(DisconnectHandler(connection), position: .first)
        }
        .flatMap { base.setup(channel: channel, logger: logger) }
        .flatMapThrowing { value in
            try PersistenceHandler.add(to: channel)
            return Value(base: value, connection: connection)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
            await ClientConnection.$current.withValue(value.connection) {
                await base.handle(value: value.base, logger: logger)
            }
        }
    }
}
