import Hummingbird
import Inference
import InferenceProtocol
import ModelRuntime
import NIOCore
import NIOFoundationEssentialsCompat

/// `POST /evaluate`: a form with an image in, every engine's top five out.
struct EvaluateRoute {
    let service: InferenceService
    let departures: Departures

    func add(to router: Router<ServerContext>) {
        router.post("/evaluate") { request, context in
            try await answer(request, context)
        }
    }

    private func answer(_ request: Request, _ context: ServerContext) async throws -> Response {
        let model = try service.host.firstModel()
        let wantsJSON = Self.wantsJSON(request.headers[.accept])
        let limits = service.limits
        return try await service.admitted {
            let deadline = ContinuousClock.now + limits.requestTimeout
            let body = try await RequestBodyReader(limits: limits).body(of: request)
            let form = try MultipartForm(body, contentType: request.headers[.contentType])
            let part = try form.part(named: "image")
            let classification = try await departures.whileConnected(context.channel) {
                var options = InferenceOptions()
                options.deadline = deadline
                return try await model.runtime.classify(
                    EncodedImage(
                        bytes: part.content.readableBytesView,
                        declaredName: part.fileName,
                        declaredMediaType: part.mediaType
                    ),
                    options: options
                )
            }
            guard !wantsJSON else {
                return try Response.json(Evaluation(classification, pack: model.pack))
            }
            return .text(EvaluationText(classification).text, mediaType: "text/html; charset=utf-8")
        }
    }

    /// Whether a client prefers JSON; the sample's text is the default, as for `Accept: */*`.
    private static func wantsJSON(_ accept: String?) -> Bool {
        guard let accept else { return false }
        return accept.split(separator: ",").contains { ParameterisedHeader(String($0)).value == "application/json" }
    }
}
