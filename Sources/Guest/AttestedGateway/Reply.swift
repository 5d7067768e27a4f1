import AttestedTransport
import NIOHTTP1

/// The responses that the gateway itself makes.
enum Reply {
    /// The body of a failure; the codes need no JSON escapes.
    static func json(_ code: String) -> [UInt8] {
        Array("{\"code\":\"\(code)\",\"error\":\"\(sentence(code))\"}".utf8)
    }

    /// The header of a JSON response.
    static func head(_ status: HTTPResponseStatus, length: Int, retryAfter: Int?, closes: Bool) -> HTTPResponseHead {
        var headers = HTTPHeaders([
            ("content-type", "application/json"), ("content-length", "\(length)"), ("cache-control", "no-store"),
        ])
        if let retryAfter { headers.add(name: "retry-after", value: "\(retryAfter)") }
        if closes { headers.add(name: "connection", value: "close") }
        return HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    }

    /// The status, the stable code, and the seconds for `Retry-After`.
    static func status(of error: any Error) -> (HTTPResponseStatus, String, Int?) {
        guard let error = error as? TransportError else { return (.internalServerError, "server.internal", nil) }
        return switch error.code {
        case .nonceInvalid: (.badRequest, error.code.rawValue, nil)
        case .tooManyRequests: (.tooManyRequests, error.code.rawValue, error.expected.flatMap { Int($0) } ?? 1)
        case .unavailable, .timedOut: (.serviceUnavailable, error.code.rawValue, 1)
        case .documentInvalid, .keyInvalid, .fileUnreadable, .fileUnwritable, .identityFailed:
            (.internalServerError, error.code.rawValue, nil)
        }
    }

    /// A parameter of a query, undecoded: the parameters here need no percent-encoding.
    static func parameter(_ name: String, of uri: String) -> String? {
        guard let mark = uri.firstIndex(of: "?") else { return nil }
        for pair in uri[uri.index(after: mark)...].split(separator: "&") where pair.hasPrefix("\(name)=") {
            return String(pair.dropFirst(name.count + 1))
        }
        return nil
    }

    private static func sentence(_ code: String) -> String {
        switch code {
        case "evidence.nonce-invalid": "The query needs a nonce of exactly 64 hexadecimal digits."
        case "evidence.too-many-requests": "More evidence is asked for than is given. Try again in a moment."
        case "evidence.unavailable", "evidence.timed-out": "The platform gives no evidence now. Try again in a moment."
        case "gateway.application-unreachable": "The application does not accept connections."
        case "gateway.application-broke-off": "The application ended the connection without an answer."
        case "request.not-found": "There is nothing at this path."
        case "request.method-not-allowed": "This path takes GET alone."
        default: "The request cannot be answered."
        }
    }
}
