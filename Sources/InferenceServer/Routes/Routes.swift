import Hummingbird
import Logging

/// Everything that the server answers, in one place: the guard first, then every route.
func makeRouter(_ configuration: ServerConfiguration, host: ModelHost) -> Router<BasicRequestContext> {
    let router = Router(context: BasicRequestContext.self)
    // Middleware guards only routes added after it.
    router.add(middleware: RequestGuard())
    router.get("/") { _, _ in
        Response.text("Hello from inside Adyton!", mediaType: "text/html; charset=utf-8")
    }
    HealthRoutes(host: host).add(to: router)
    EvaluateRoute(limits: configuration.limits, host: host).add(to: router)
    return router
}

/// Turns every error into an answer with a stable code, and writes one line of log a request.
///
/// The line holds the method, the route's own text, the status, the code and the time; never a path, a name, a label
/// or a byte that the client sent.
struct RequestGuard: RouterMiddleware {
    func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        let clock = ContinuousClock()
        let start = clock.now
        var code = "ok"
        let response: Response
        do {
            response = try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            (response, code) = try Self.answer(ServiceError(.notFound))
        } catch let error as HTTPError where error.status == .methodNotAllowed {
            (response, code) = try Self.answer(ServiceError(.methodNotAllowed))
        } catch {
            (response, code) = try Self.answer(error)
            let failure = Failure(error)
            if failure.status.code >= 500, !failure.detail.isEmpty {
                context.logger.error("failure", metadata: ["code": "\(code)", "detail": "\(failure.detail)"])
            }
        }
        context.logger.info(
            "request",
            metadata: [
                "method": "\(request.method.isKnown ? request.method.rawValue : "other")",
                "route": "\(context.endpointPath ?? "none")",
                "status": "\(response.status.code)",
                "code": "\(code)",
                "milliseconds": "\((clock.now - start).inMilliseconds)",
            ]
        )
        return response
    }

    private static func answer(_ error: any Error) throws -> (Response, String) {
        let failure = Failure(error)
        return (try .failure(failure), failure.code)
    }
}

extension HTTPRequest.Method {
    /// Whether the method is one of HTTP's own; others are text of the client's.
    fileprivate var isKnown: Bool {
        [.get, .head, .post, .put, .delete, .options, .patch, .connect, .trace].contains(self)
    }
}
