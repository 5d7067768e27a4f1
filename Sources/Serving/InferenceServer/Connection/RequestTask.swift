import Diagnostics
import Hummingbird
import NIOCore
import Synchronization

/// The task of one request: it runs on the connection's event loop, and is cancelled at its deadline or when its client
/// disconnects.
final class RequestTask: Sendable {
    private enum State {
        case new
        case running(cancel: @Sendable () -> Void)
        case cancelled(ServiceError)
    }

    /// A request body larger than this many bytes takes too long to parse on the event loop.
    static let largeBody = 1 << 20

    /// By when the request has to be answered.
    let deadline: Deadline
    private let loop: any EventLoop
    private let limits: ServerConfiguration.Limits
    private let state = Mutex(State.new)

    private init(_ loop: any EventLoop, limits: ServerConfiguration.Limits) {
        self.loop = loop
        self.limits = limits
        deadline = Deadline(in: limits.requestTimeout)
    }

    /// Runs a request's work.
    ///
    /// - Parameters:
    ///   - channel: The client's connection; `ClientConnection.current` reports its disconnect.
    ///   - limits: The timeouts, and the largest request body.
    ///   - work: Has to return soon after its task is cancelled, and must not block the event loop.
    /// - Returns: What the work returns.
    /// - Throws: `server.deadline-exceeded`, `request.client-left`, or what the work throws.
    static func perform<Result: Sendable>(
        for channel: any Channel,
        limits: ServerConfiguration.Limits,
        _ work: @escaping @Sendable (RequestTask) async throws -> Result
    ) async throws -> Result {
        let this = RequestTask(channel.eventLoop, limits: limits)
        let task = Task(executorPreference: LoopExecutor(channel.eventLoop)) { try await work(this) }
        this.begin { task.cancel() }
        let connection = ClientConnection.current
        connection?.onDisconnect { this.cancel(for: ServiceError(.clientDisconnected)) }
        defer { connection?.removeCallback() }
        return try await this.run(by: this.deadline) {
            do {
                return try await withTaskCancellationHandler {
                    try await task.value
                } onCancel: {
                    task.cancel()
                }
            } catch is CancellationError {
                throw this.cancellation ?? CancellationError()
            }
        }
    }

    /// Why the task was cancelled; nil if it was not.
    var cancellation: (any Error)? {
        state.withLock { if case .cancelled(let reason) = $0 { reason } else { nil } }
    }

    /// Reads the whole request body by its own deadline, or refuses it as soon as it is known to be too large.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - reservation: Takes the body's bytes.
    /// - Returns: The body in one piece.
    /// - Throws: `request.body-too-large`, `server.too-many-bytes`, `request.body-unreadable`, `request.client-left`,
    ///   `server.deadline-exceeded`.
    func body(of request: Request, within reservation: ByteBudget.Reservation) async throws -> ByteBuffer {
        do {
            return try await run(by: deadline.within(limits.bodyTimeout)) {
                try await request.readBody(atMost: limits.maximumBodySize, within: reservation)
            }
        } catch {
            // A disconnect also truncates the body, which the parser reports as an error of the body.
            throw cancellation ?? error
        }
    }

    /// Runs a part of the work, and cancels the task at the part's deadline; the timer runs on the event loop.
    private func run<Result>(by deadline: Deadline, _ work: () async throws -> Result) async throws -> Result {
        let timer = loop.scheduleTask(in: TimeAmount(deadline.remaining)) {
            self.cancel(for: ServiceError(deadline))
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

    /// Cancels the task for a reason; a later reason changes nothing.
    private func cancel(for reason: ServiceError) {
        let cancel: (@Sendable () -> Void)? = state.withLock { state in
            switch state {
            case .new:
                state = .cancelled(reason)
                return nil
            case .running(let cancel):
                state = .cancelled(reason)
                return cancel
            case .cancelled: return nil
            }
        }
        cancel?()
    }
}
