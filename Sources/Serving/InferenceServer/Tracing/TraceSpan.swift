import Foundation
import ModelRuntime
import Synchronization

/// A span of a trace; it has no content of a request.
struct TraceSpan: Sendable, Equatable {
    let traceID: String
    let spanID: String
    let parentID: String?
    let name: String
    /// Whether it is the server's span of a request, or a step within it.
    let isServer: Bool
    /// Seconds since 1970.
    let start: Double
    let end: Double
    let attributes: [String: String]
    let failed: Bool
}

/// Records the spans of one request.
final class SpanRecorder: Sendable {
    /// The recorder of the current task's request; nil where it is not traced.
    @TaskLocal static var current: SpanRecorder?

    /// The request's position in its trace.
    let context: TraceContext
    /// The identifier of the request's own span.
    let spanID = TraceContext.spanID()
    private let steps = Mutex<[TraceSpan]>([])

    init(_ context: TraceContext) {
        self.context = context
    }

    /// Records the spans of an inference that has just ended.
    func noteInference(_ model: ServedModel, _ timings: Timings) {
        let end = Date().timeIntervalSince1970
        let middle = end - timings.inference.inSeconds
        let attributes = ["model": model.name, "version": model.version, "batch_size": "\(timings.batchSize)"]
        let steps = [("prepare", middle - timings.preparation.inSeconds, middle), ("infer", middle, end)]
        self.steps.withLock { spans in
            for (name, start, end) in steps {
                spans.append(
                    TraceSpan(
                        traceID: context.traceID,
                        spanID: TraceContext.spanID(),
                        parentID: spanID,
                        name: name,
                        isServer: false,
                        start: start,
                        end: end,
                        attributes: attributes,
                        failed: false
                    )
                )
            }
        }
    }

    /// The request's span with its steps.
    func finish(_ kind: RequestCounters.Kind, code: String, after duration: Duration) -> [TraceSpan] {
        let end = Date().timeIntervalSince1970
        let span = TraceSpan(
            traceID: context.traceID,
            spanID: spanID,
            parentID: context.parentID,
            name: "\(kind.method) \(kind.route)",
            isServer: true,
            start: end - duration.inSeconds,
            end: end,
            attributes: [
                "http.request.method": kind.method, "http.route": kind.route,
                "http.response.status_code": "\(kind.status)", "adyton.code": code,
            ],
            failed: kind.status >= 500
        )
        return [span] + steps.withLock { $0 }
    }
}
