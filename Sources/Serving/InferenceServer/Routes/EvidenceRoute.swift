import AttestedTransport
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /.well-known/adyton/evidence?nonce=`: evidence for the connection of the request, within the issuer's rate limit.
struct EvidenceRoute {
    let issuer: EvidenceIssuer

    func add(to router: Router<ServerContext>) {
        let issuer = issuer
        router.get(RouterPath(EvidenceDocument.path)) { request, context in
            let document = try await issuer.document(
                nonce: request.uri.queryParameters["nonce"].map { String($0) },
                for: ClientAddress(context.channel.remoteAddress)
            )
            return Response(
                status: .ok,
                headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: document))
            )
        }
    }
}

extension TransportError {
    /// The HTTP status that goes with the code.
    var status: HTTPResponse.Status {
        switch code {
        case .nonceInvalid: .badRequest
        case .tooManyRequests: .tooManyRequests
        case .unavailable, .timedOut: .serviceUnavailable
        case .documentInvalid, .keyInvalid, .fileUnreadable, .fileUnwritable, .identityFailed: .internalServerError
        }
    }

    /// What happened and what to do, as one or two sentences.
    var sentence: String {
        switch code {
        case .nonceInvalid: "The query needs a nonce of exactly 64 hexadecimal digits."
        case .tooManyRequests: "More evidence is asked for than this server gives. Try again in a moment."
        case .unavailable: "The platform gives no evidence now. Try again in a moment."
        case .timedOut: "The platform did not give evidence in time. Try again in a moment."
        case .documentInvalid, .keyInvalid, .fileUnreadable, .fileUnwritable, .identityFailed:
            "The server failed to answer; the request was fine as far as it knows."
        }
    }
}
