import NIOCore

/// Where traces are exported to: a file or a collector on this machine.
package enum TraceDestination: Sendable, Equatable {
    /// A file; each batch of spans is appended as one line of JSON.
    case file(path: String)
    /// A collector of OTLP as JSON over HTTP.
    case collector(host: String, port: Int, path: String)

    /// Parses `file:PATH` or `http://HOST[:PORT][/PATH]` with a host of the loopback interface; nil for anything else.
    package init?(_ text: String) {
        if text.hasPrefix("file:") {
            guard text.utf8.count > 5 else { return nil }
            self = .file(path: String(text.dropFirst(5)))
            return
        }
        guard text.hasPrefix("http://") else { return nil }
        let rest = text.dropFirst(7)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let path = slash == rest.endIndex ? "/v1/traces" : String(rest[slash...])
        let place = rest[..<slash].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let port = place.count == 2 ? Int(place[1]) : 4318
        guard let host = place.first, host == "localhost" || Self.isLoopback(String(host)), let port,
            (1...65_535).contains(port), path.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return nil }
        self = .collector(host: host == "localhost" ? "127.0.0.1" : String(host), port: port, path: path)
    }

    private static func isLoopback(_ host: String) -> Bool {
        host.hasPrefix("127.") && (try? SocketAddress(ipAddress: host, port: 0)) != nil
    }
}
