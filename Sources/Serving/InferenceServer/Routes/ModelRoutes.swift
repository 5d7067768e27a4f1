import Hummingbird
import InferenceProtocol

/// `GET /v2`, and the paths below it for the models, their configuration and their statistics.
struct ModelRoutes {
    let service: InferenceService

    func add(to router: Router<ServerContext>) {
        let service = service
        router.get("/v2") { _, _ in try Response.json(service.serverMetadata) }
        router.get("/v2/models/stats") { _, _ in
            try Response.json(try service.statistics(of: nil, version: nil))
        }
        for prefix in ["/v2/models/:model", "/v2/models/:model/versions/:version"] {
            router.get("\(prefix)") { _, context in
                try Response.json(try service.metadata(of: try context.model, version: context.version))
            }
            router.get("\(prefix)/ready") { _, context in
                let readiness = try service.readiness(of: try context.model, version: context.version)
                return try Response.json(readiness, status: readiness.ready ? .ok : .serviceUnavailable)
            }
            router.get("\(prefix)/config") { _, context in
                try Response.json(try service.configuration(of: try context.model, version: context.version))
            }
            router.get("\(prefix)/stats") { _, context in
                try Response.json(try service.statistics(of: try context.model, version: context.version))
            }
        }
    }
}

extension ServerContext {
    /// The model in the path.
    fileprivate var model: String {
        get throws { try parameters.require("model") }
    }

    /// The version in the path, if there is one.
    fileprivate var version: String? { parameters.get("version") }
}
