import Hummingbird
import Inference
import InferenceProtocol
import ModelRuntime
import NIOCore
import NIOFoundationEssentialsCompat

/// `POST /evaluate`: a form with an image in, every engine's top five out.
struct EvaluateRoute {
    let limits: ServerConfiguration.Limits
    let host: ModelHost
    private let admission: Admission

    init(limits: ServerConfiguration.Limits, host: ModelHost) {
        self.limits = limits
        self.host = host
        admission = Admission(limit: limits.maximumConcurrentRequests)
    }

    func add(to router: Router<BasicRequestContext>) {
        router.post("/evaluate") { request, _ in
            try await answer(request)
        }
    }

    private func answer(_ request: Request) async throws -> Response {
        let model = try host.model()
        let wantsJSON = Self.wantsJSON(request.headers[.accept])
        let limits = limits
        return try await admission.withPermit {
            try await withDeadline(limits.requestTimeout) {
                let body = try await Self.body(of: request, within: limits)
                let form = try MultipartForm(body, contentType: request.headers[.contentType])
                let part = try form.part(named: "image")
                let classification = try await model.classify(
                    EncodedImage(
                        bytes: part.content.readableBytesView,
                        declaredName: part.fileName,
                        declaredMediaType: part.mediaType
                    )
                )
                guard !wantsJSON else {
                    return try Response.json(Evaluation(classification, pack: model.pack))
                }
                return .text(EvaluationText(classification).text, mediaType: "text/html; charset=utf-8")
            }
        }
    }

    /// Reads the whole body, or refuses it as soon as it is known to be too large.
    private static func body(
        of request: Request,
        within limits: ServerConfiguration.Limits
    ) async throws -> ByteBuffer {
        let limit = limits.maximumBodySize
        if let declared = request.headers[.contentLength].flatMap({ Int($0) }), declared > limit {
            throw ServiceError(.bodyTooLarge, expected: "at most \(limit) bytes", found: "\(declared)")
        }
        do {
            return try await withDeadline(limits.bodyTimeout) { try await request.body.collect(upTo: limit) }
        } catch is NIOTooManyBytesError {
            throw ServiceError(.bodyTooLarge, expected: "at most \(limit) bytes", found: "more")
        } catch let error as ServiceError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // The client left, or its chunks make no sense; whatever the parser says, it is not this server's failure.
            throw ServiceError(.bodyUnreadable)
        }
    }

    /// Whether a client prefers JSON; the sample's text is the default, as for `Accept: */*`.
    private static func wantsJSON(_ accept: String?) -> Bool {
        guard let accept else { return false }
        return accept.split(separator: ",").contains { ParameterisedHeader(String($0)).value == "application/json" }
    }
}
