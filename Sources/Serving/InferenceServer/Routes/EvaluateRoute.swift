import Hummingbird
import Inference
import InferenceProtocol
import ModelRuntime
import NIOCore
import NIOFoundationEssentialsCompat

/// `POST /evaluate`: a form with an image in, every engine's top five out.
struct EvaluateRoute {
    let service: InferenceService
    let departures: ConnectionRegistry

    func add(to router: Router<ServerContext>) {
        router.post("/evaluate") { request, context in
            try await answer(request, context)
        }
    }

    private func answer(_ request: Request, _ context: ServerContext) async throws -> Response {
        let model = try service.host.firstModel()
        let wantsJSON = Self.wantsJSON(request.headers[.accept])
        return try await service.admission.withPermit {
            try await RequestTask.perform(for: context.channel, departures, limits: service.limits) { work in
                let body = try await work.body(of: request)
                // Its boundaries take a while to find in a large body, and the event loop has other clients.
                let isLarge = body.readableBytes > RequestTask.largeBody
                let part = try await withTaskExecutorPreference(isLarge ? globalConcurrentExecutor : nil) {
                    try MultipartForm(body, contentType: request.headers[.contentType]).part(named: "image")
                }
                let classification = try await model.runtime.classify(
                    EncodedImage(
                        bytes: part.content.readableBytesView,
                        declaredName: part.fileName,
                        declaredMediaType: part.mediaType
                    )
                )
                SpanRecorder.current?.noteInference(model, classification.timings)
                guard !wantsJSON else {
                    return try Response.json(Evaluation(classification, pack: model.pack))
                }
                return .text(EvaluationText(classification).text, mediaType: "text/html; charset=utf-8")
            }
        }
    }

    /// Whether a client prefers JSON; the sample's text is the default, as for `Accept: */*`.
    private static func wantsJSON(_ accept: String?) -> Bool {
        guard let accept else { return false }
        return accept.split(separator: ",").contains { ParameterisedHeader(String($0)).value == "application/json" }
    }
}
