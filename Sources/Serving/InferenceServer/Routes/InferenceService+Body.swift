import AttestedTransport
import Hummingbird
import ModelRuntime
import NIOCore

extension InferenceService {
    /// Reads the request body of an inference, and runs the inference as one of the requests in progress.
    ///
    /// A disconnect, or a deadline that passes, before the body is complete counts as a cancelled request of the model,
    /// as it does later in the queue or during the run.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - context: The request's connection.
    ///   - model: The model that the request names.
    ///   - work: Gets the whole body and the task, which is cancelled at the deadline and on a disconnect.
    /// - Returns: What the work returns.
    /// - Throws: `server.too-many-requests` at once, without reading; `request.…`, `server.deadline-exceeded`, and what
    ///   the work throws.
    func withBody<Result: Sendable>(
        of request: Request,
        _ context: ServerContext,
        for model: ServedModel,
        _ work: @escaping @Sendable (ByteBuffer, RequestTask) async throws -> Result
    ) async throws -> Result {
        try await limiter.withPermit {
            try await RequestTask.perform(for: context.channel, limits: limits) { task in
                let start = ContinuousClock.now
                let reservation = bodies.reservation(for: ClientAddress(context.channel.remoteAddress))
                defer { reservation.giveAll() }
                let body: ByteBuffer
                do {
                    body = try await task.body(of: request, within: reservation)
                } catch {
                    if task.cancellation != nil { model.statistics.noteCancellation(after: .now - start) }
                    throw error
                }
                return try await work(body, task)
            }
        }
    }
}
