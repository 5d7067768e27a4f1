import NIOCore
import Synchronization

/// Limits the number of open gRPC connections; a connection beyond the limit is closed at once.
final class ConnectionLimitHandler: Sendable {
    private let limit: Int
    private let count = Mutex(0)

    init(limit: Int) {
        self.limit = limit
    }

    func admit(_ channel: any Channel) -> EventLoopFuture<Void> {
        let isAdmitted = count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { return channel.close() }
        channel.closeFuture.whenComplete { _ in self.count.withLock { $0 -= 1 } }
        return channel.eventLoop.makeSucceededVoidFuture()
    }
}
