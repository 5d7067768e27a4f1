import Hummingbird
import InferenceProtocol
import ModelPack
import ModelRuntime
import NIOCore
import NIOFoundationEssentialsCompat

/// `POST /evaluate`: an image in a form in, every engine's five most probable classes out.
struct EvaluateRoute {
    let service: InferenceService

    func add(to router: Router<ServerContext>) {
        router.post("/evaluate") { request, context in
            try await answer(request, context)
        }
    }

    private func answer(_ request: Request, _ context: ServerContext) async throws -> Response {
        let model = try service.host.firstModel()
        guard model.pack.card.imageInput != nil, model.pack.card.classOutput != nil else {
            throw ServiceError(.takesNoImage)
        }
        let wantsJSON = Self.wantsJSON(request.headers[.accept])
        let service = service
        return try await service.withBody(of: request, context, for: model) { body, task in
            let image = try await Self.image(in: body, contentType: request.headers[.contentType])
            let evaluation = try await service.evaluate(image, on: model, by: task.deadline)
            guard !wantsJSON else { return try Response.json(evaluation) }
            return .text(EvaluationText(evaluation).text, mediaType: "text/html; charset=utf-8")
        }
    }

    /// The image of a form; boundaries in a large body are searched off the event loop, which has other clients.
    private static func image(in body: ByteBuffer, contentType: String?) async throws -> EncodedImage {
        let isLarge = body.readableBytes > RequestTask.largeBody
        let part = try await withTaskExecutorPreference(isLarge ? globalConcurrentExecutor : nil) {
            try MultipartForm(body, contentType: contentType).part(named: "image")
        }
        return EncodedImage(
            bytes: part.content.readableBytesView,
            declaredName: part.fileName,
            declaredMediaType: part.mediaType
        )
    }

    /// Whether a client prefers JSON; the sample's text is the default, also for `Accept: */*`.
    private static func wantsJSON(_ accept: String?) -> Bool {
        guard let accept else { return false }
        return accept.split(separator: ",").contains { ParameterisedHeader(String($0)).value == "application/json" }
    }
}
