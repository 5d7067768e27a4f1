import AttestedTransport
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Synchronization

/// Makes the router with all routes: the middleware first, then every route.
func makeRouter(
    _ service: InferenceService,
    connections: ConnectionPlaces,
    traces: TraceExporter? = nil,
    issuer: EvidenceIssuer? = nil
) -> Router<ServerContext> {
    let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
    let table = RouteTable()
    let counters = RequestCounters()
    // Middleware applies only to the routes added after it.
    router.add(middleware: ErrorResponseMiddleware(table: table, counters: counters, traces: traces))
    router.get("/") { _, _ in
        Response.text("Hello from inside Adyton!", mediaType: "text/html; charset=utf-8")
    }
    HealthRoutes(host: service.host).add(to: router)
    EvaluateRoute(service: service).add(to: router)
    InferRoute(service: service).add(to: router)
    ModelRoutes(service: service).add(to: router)
    RepositoryRoutes(service: service).add(to: router)
    MetricsRoute(service: service, counters: counters, connections: connections).add(to: router)
    StatusPage.add(to: router)
    if let issuer { EvidenceRoute(issuer: issuer).add(to: router) }
    table.fill(from: router)
    return router
}

/// The methods of each path; filled once, when all routes are known.
final class RouteTable: Sendable {
    private struct Entry {
        /// The components of the path; nil matches any.
        let pieces: [String?]
        var methods: Set<String>
    }

    private let entries = Mutex<[Entry]>([])

    fileprivate func fill(from router: Router<ServerContext>) {
        entries.withLock { entries in
            for route in router.routes {
                let pieces = "\(route.path)".split(separator: "/").map { piece in
                    piece.hasPrefix(":") || piece.hasPrefix("{") ? nil : String(piece)
                }
                let methods = route.method == .get ? [route.method, .head] : [route.method]
                let index = entries.firstIndex { $0.pieces == pieces } ?? entries.endIndex
                if index == entries.endIndex { entries.append(Entry(pieces: pieces, methods: [])) }
                entries[index].methods.formUnion(methods.map(\.rawValue))
            }
        }
    }

    /// Explains the router's "not found": an unknown path, or a method that the path does not have.
    func explain(_ error: any Error, at path: String) -> any Error {
        guard let status = (error as? HTTPError)?.status, status == .notFound else { return error }
        let pieces = path.split(separator: "/").map(String.init)
        let methods = entries.withLock { entries in
            entries.filter { entry in
                entry.pieces.count == pieces.count && zip(entry.pieces, pieces).allSatisfy { $0 == nil || $0 == $1 }
            }.reduce(into: Set<String>()) { $0.formUnion($1.methods) }
        }
        guard !methods.isEmpty else { return ServiceError(.notFound) }
        return ServiceError(.methodNotAllowed, expected: methods.sorted().joined(separator: ", "))
    }
}

/// Maps every error to a response with a stable code, and logs one line a request.
///
/// The line has the method, the route's pattern, the status, the code and the duration; never a path, a name, a label
/// or a byte that the client sent.
struct ErrorResponseMiddleware: RouterMiddleware {
    let table: RouteTable
    let counters: RequestCounters
    let traces: TraceExporter?

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let clock = ContinuousClock()
        let start = clock.now
        var code = "ok"
        var response: Response
        let recorder = traces.flatMap { _ in Self.recorder(request) }
        do {
            try request.refuseEncodedBody()
            response = try await SpanRecorder.$current.withValue(recorder) { try await next(request, context) }
        } catch {
            let error = table.explain(error, at: request.uri.path)
            let failure = Failure(error)
            code = failure.code
            response = try .failure(failure)
            if let error = error as? TransportError, error.code == .tooManyRequests {
                response.headers[.retryAfter] = error.expected
            }
            if let error = error as? ServiceError {
                response.headers[.allow] = error.code == .methodNotAllowed ? error.expected : nil
                // RFC 9110 §12.5.3: what would have been taken.
                response.headers[.acceptEncoding] = error.code == .encodingUnsupported ? error.expected : nil
                response.headers[.connection] = request.endsConnection(leaving: error.rest) ? "close" : nil
            }
            if failure.status.code >= 500, !failure.detail.isEmpty {
                context.logger.error("failure", metadata: ["code": "\(code)", "detail": "\(failure.detail)"])
            }
        }
        let duration = clock.now - start
        let kind = RequestCounters.Kind(
            route: context.endpointPath ?? "none",
            method: request.method.isKnown ? request.method.rawValue : "other",
            status: response.status.code
        )
        counters.note(kind, after: duration)
        if let recorder { traces?.add(recorder.finish(kind, code: code, after: duration)) }
        context.logger.info(
            "request",
            metadata: [
                "method": "\(kind.method)",
                "route": "\(kind.route)",
                "status": "\(kind.status)",
                "code": "\(code)",
                "milliseconds": "\(duration.inMilliseconds)",
            ]
        )
        return response
    }
}

extension ErrorResponseMiddleware {
    /// Records the spans of a request, unless its caller does not sample the trace.
    private static func recorder(_ request: Request) -> SpanRecorder? {
        var generator = SystemRandomNumberGenerator()
        let header = HTTPField.Name("traceparent").flatMap { request.headers[$0] }
        let context = header.flatMap { TraceContext($0) } ?? TraceContext(using: &generator)
        return context.isSampled ? SpanRecorder(context) : nil
    }
}

extension Request {
    /// How much of an unused request body is read to keep the connection open, in bytes: a new connection costs more.
    private static let largestDiscardedBody = 256 << 10

    /// Whether the connection has to be closed after the response, because of the rest of the body.
    fileprivate func endsConnection(leaving rest: ServiceError.RemainingBody) -> Bool {
        let isChunked = headers[.transferEncoding] != nil
        let size = isChunked ? .max : headers[.contentLength] == nil ? 0 : statedBodySize ?? .max
        return switch rest {
        case .nothing: false
        case .unread: size > Self.largestDiscardedBody
        case .stalled: size > 0
        }
    }
}

extension HTTPRequest.Method {
    /// Whether the method is one of HTTP's own; other methods are text of the client.
    fileprivate var isKnown: Bool {
        [.get, .head, .post, .put, .delete, .options, .patch, .connect, .trace].contains(self)
    }
}
