import Hummingbird
import InferenceProtocol

/// `GET /v2/health/live` and `/ready` (Open Inference Protocol v2).
struct HealthRoutes {
    let host: ModelHost

    func add(to router: Router<ServerContext>) {
        router.get("/v2/health/live") { _, _ in
            try Response.json(["live": true])
        }
        router.get("/v2/health/ready") { _, _ in
            switch host.current {
            case .ready: try Response.json(Readiness(ready: true, code: nil))
            case .loading: try Self.notReady("loading")
            case .failed(let code): try Self.notReady(code)
            case .stopping: try Self.notReady("stopping")
            }
        }
    }

    private static func notReady(_ code: String) throws -> Response {
        try .json(Readiness(ready: false, code: code), status: .serviceUnavailable)
    }
}
