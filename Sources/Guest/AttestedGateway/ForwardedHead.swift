import NIOHTTP1

/// Removes hop-by-hop headers from forwarded requests and responses (RFC 9110 §7.6.1).
enum ForwardedHead {
    /// The hop-by-hop headers.
    ///
    /// The framing of the body is kept, because its bytes are forwarded unchanged.
    private static let hopByHopHeaders = [
        "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "upgrade", "expect",
    ]

    /// A client's request header for the application.
    static func request(_ head: HTTPRequestHead, toPort port: Int) -> HTTPRequestHead {
        var head = head
        removeHopByHopHeaders(&head.headers)
        head.headers.replaceOrAdd(name: "connection", value: "close")
        if !head.headers.contains(name: "host") { head.headers.add(name: "host", value: "127.0.0.1:\(port)") }
        return head
    }

    /// The application's response header for the client.
    ///
    /// A client of HTTP/1.0 gets no chunks (RFC 9112 §6.1): the end of the connection ends a body of unknown length.
    static func response(
        _ head: HTTPResponseHead,
        inChunks takesChunks: Bool,
        keepsAlive: Bool
    ) -> HTTPResponseHead {
        var head = head
        removeHopByHopHeaders(&head.headers)
        if !takesChunks { head.headers.remove(name: "transfer-encoding") }
        if !keepsAlive { head.headers.add(name: "connection", value: "close") }
        let version: HTTPVersion = takesChunks ? .http1_1 : .http1_0
        return HTTPResponseHead(version: version, status: head.status, headers: head.headers)
    }

    private static func removeHopByHopHeaders(_ headers: inout HTTPHeaders) {
        for name in headers[canonicalForm: "connection"]
        where !["content-length", "transfer-encoding"].contains(name.lowercased()) {
            headers.remove(name: String(name))
        }
        for name in hopByHopHeaders { headers.remove(name: name) }
    }
}
