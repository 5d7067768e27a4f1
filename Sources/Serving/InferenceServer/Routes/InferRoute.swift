import Foundation
import HTTPTypes
import Hummingbird
import InferenceProtocol
import ModelRuntime
import NIOCore
import NIOFoundationEssentialsCompat

/// `POST /v2/models/NAME[/versions/VERSION]/infer`: tensors in, tensors out, as JSON or as raw bytes.
struct InferRoute {
    /// The header with the size of a body's JSON part in bytes (binary tensor data extension).
    static let headerLength = HTTPField.Name("Inference-Header-Content-Length")

    let service: InferenceService

    func add(to router: Router<ServerContext>) {
        for path in ["/v2/models/:model/infer", "/v2/models/:model/versions/:version/infer"] {
            router.post("\(path)") { request, context in
                try await answer(request, context)
            }
        }
    }

    private func answer(_ request: Request, _ context: ServerContext) async throws -> Response {
        let name = try context.parameters.require("model")
        let version = context.parameters.get("version")
        // Before the request body is read.
        let model = try service.host.repository.model(name, version: version)
        let head = try RequestBodyKind(request)
        let service = service
        return try await service.withBody(of: request, context, for: model) { body, task in
            // Long JSON takes a while to parse and to write, and the event loop has other clients.
            let takesLong = head.isLong(of: body.readableBytes)
            return try await withTaskExecutorPreference(takesLong ? globalConcurrentExecutor : nil) {
                let call = try InferenceCall(
                    body,
                    head: head,
                    modelName: name,
                    modelVersion: version,
                    input: model.bodyInput(isImage: head.isImage)
                )
                return try Self.response(try await service.infer(call, on: model, by: task.deadline))
            }
        }
    }

    private static func response(_ answer: InferenceResponse) throws -> Response {
        let (bytes, headerLength) = try answer.encoded()
        var headers: HTTPFields = [.cacheControl: "no-store"]
        headers[.contentType] = headerLength == nil ? "application/json" : "application/octet-stream"
        if let headerLength, let name = Self.headerLength {
            headers[name] = "\(headerLength)"
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

/// What the request header states about its body.
struct RequestBodyKind: Sendable, Equatable {
    /// The size of the JSON part in bytes; nil for the whole body, 0 for none.
    let headerLength: Int?
    /// Whether the content type is an image.
    let isImage: Bool

    /// Whether parsing a body or writing its response takes too long for the event loop.
    ///
    /// - Parameter size: The body's size in bytes.
    /// - Returns: Whether the body is JSON alone, has a long JSON part, or may have many rows.
    func isLong(of size: Int) -> Bool {
        guard !isImage else { return false }
        return headerLength.map { $0 > 64 << 10 } ?? true || size > RequestTask.largeBody
    }

    init(headerLength: Int?, isImage: Bool) {
        self.headerLength = headerLength
        self.isImage = isImage
    }

    /// Reads a request header.
    ///
    /// - Throws: `oip.header-length-invalid` for a length that is not a number.
    init(_ request: Request) throws(OpenInferenceError) {
        let mediaType = request.headers[.contentType].map { ParameterisedHeader($0).value.lowercased() }
        isImage = mediaType?.hasPrefix("image/") ?? false
        guard let text = InferRoute.headerLength.flatMap({ request.headers[$0] }) else {
            headerLength = nil
            return
        }
        guard let length = Int(text), length >= 0 else {
            throw OpenInferenceError(
                .headerLengthInvalid,
                subject: "Inference-Header-Content-Length",
                expected: "a number of bytes"
            )
        }
        headerLength = length
    }
}
