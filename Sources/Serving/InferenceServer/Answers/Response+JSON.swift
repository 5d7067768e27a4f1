import Foundation
import HTTPTypes
import Hummingbird
import InferenceProtocol
import NIOCore

extension Response {
    /// A response with a JSON body.
    static func json(
        _ value: some Encodable,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:]
    ) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var headers = headers
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        return Response(
            status: status,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(value)))
        )
    }

    /// A response with a text body.
    static func text(_ text: String, mediaType: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: mediaType, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    /// The response to a request that failed: the stable code, and a sentence under the key of the Open Inference
    /// Protocol.
    static func failure(_ failure: Failure) throws -> Response {
        try .json(
            Refusal(code: failure.code, error: failure.sentence),
            status: failure.status,
            headers: failure.retryAfterInSeconds.map { [.retryAfter: "\($0)"] } ?? [:]
        )
    }
}
