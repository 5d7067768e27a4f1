import AttestedTransport
import Diagnostics
import Hummingbird
import InferenceProtocol
import NIOCore

/// `POST /v2/repository/…`: lists, loads and unloads models (model repository extension).
struct RepositoryRoutes {
    /// The largest request body in bytes; larger ones would need extensions that are not supported.
    private static let maximumBodySize = 64 << 10

    let service: InferenceService

    func add(to router: Router<ServerContext>) {
        let service = service
        router.post("/v2/repository/index") { request, context in
            let body = try await Self.body(of: request, context, service)
            return try Response.json(
                service.index(onlyReady: try RepositoryRequest(body.readableBytesUInt8Span).onlyReady)
            )
        }
        router.post("/v2/repository/models/:model/load") { request, context in
            let body = try await Self.body(of: request, context, service)
            let parameters = try RepositoryRequest(body.readableBytesUInt8Span).parameters
            guard parameters.isEmpty else {
                throw OpenInferenceError(
                    .parameterInvalid,
                    subject: "parameters",
                    expected: "none: a pack is loaded as it lies on the disk"
                )
            }
            try await service.load(try context.parameters.require("model"))
            return try Response.json([String: String]())
        }
        router.post("/v2/repository/models/:model/unload") { request, context in
            _ = try await Self.body(of: request, context, service)
            try await service.unload(try context.parameters.require("model"))
            return try Response.json([String: String]())
        }
    }

    private static func body(
        of request: Request,
        _ context: ServerContext,
        _ service: InferenceService
    ) async throws -> ByteBuffer {
        let deadline = Deadline(in: service.limits.bodyTimeout)
        let reservation = service.bodies.reservation(for: ClientAddress(context.channel.remoteAddress))
        return try await deadline.run(orThrow: ServiceError(deadline)) {
            try await request.readBody(atMost: maximumBodySize, within: reservation)
        }
    }
}
