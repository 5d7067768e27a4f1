import Hummingbird
import NIOCore
import Synchronization

/// One request's work: a task on the connection's event loop that is cancelled when its time is over or its client leaves.
final class RequestTask: Sendable {
    private enum State {
        case new
        case running(cancel: @Sendable () -> Void)
        case ended(ServiceError)
    }

    /// A body of more bytes takes a while to understand, which is not done on the loop.
    static let largeBody = 1 << 20

    private let loop: any EventLoop
    private let limits: ServerConfiguration.Limits
    private let state = Mutex(State.new)

    private init(_ loop: any EventLoop, limits: ServerConfiguration.Limits) {
        self.loop = loop
        self.limits = limits
    }

    /// Does a request's work.
    ///
    /// - Parameters:
    ///   - channel: The client's connection.
    ///   - departures: Knows when the client leaves.
    ///   - limits: How long the work may take, and its request's body.
    ///   - work: What is done; it has to end soon after its task is cancelled, and must not keep the event loop long.
    /// - Returns: What the work returns.
    /// - Throws: `server.deadline-exceeded`, `request.client-left`, or what the work throws.
    static func perform<Result: Sendable>(
        for channel: any Channel,
        _ departures: ConnectionRegistry,
        limits: ServerConfiguration.Limits,
        _ work: @escaping @Sendable (RequestTask) async throws -> Result
    ) async throws -> Result {
        let this = RequestTask(channel.eventLoop, limits: limits)
        let task = Task(executorPreference: LoopExecutor(channel.eventLoop)) { try await work(this) }
        this.begin { task.cancel() }
        let watch = departures.watch(channel) { this.end(ServiceError(.clientLeft)) }
        defer { departures.unwatch(watch) }
        return try await this.part(atMost: limits.requestTimeout) {
            do {
                return try await withTaskCancellationHandler {
                    try await task.value
                } onCancel: {
                    task.cancel()
                }
            } catch is CancellationError {
                throw this.reason ?? CancellationError()
            }
        }
    }

    /// Reads the request's whole body in the time that it gets, or refuses it as soon as it is known to be too large.
    ///
    /// - Parameter request: The request.
    /// - Returns: The body in one piece.
    /// - Throws: `request.body-too-large`, `request.body-unreadable`, `CancellationError` where the work is over.
    func body(of request: Request) async throws -> ByteBuffer {
        try await part(atMost: limits.bodyTimeout) { try await request.readBody(atMost: limits.maximumBodySize) }
    }

    /// Does a part of the work, which gets a time of its own.
    private func part<Result>(atMost limit: Duration, _ work: () async throws -> Result) async throws -> Result {
        let timer = loop.scheduleTask(in: TimeAmount(limit)) {
            self.end(ServiceError(.deadlineExceeded, expected: "at most \(limit)"))
        }
        defer { timer.cancel() }
        return try await work()
    }

    private func begin(cancel: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            guard case .new = state else { return true }
            state = .running(cancel: cancel)
            return false
        }
        if isLate { cancel() }
    }

    /// Ends the work for a reason, unless it was ended before.
    private func end(_ reason: ServiceError) {
        let cancel: (@Sendable () -> Void)? = state.withLock { state in
            switch state {
            case .new:
                state = .ended(reason)
                return nil
            case .running(let cancel):
                state = .ended(reason)
                return cancel
            case .ended: return nil
            }
        }
        cancel?()
    }

    private var reason: (any Error)? {
        state.withLock { if case .ended(let reason) = $0 { reason } else { nil } }
    }
}
