import AsyncHTTPClient
import Foundation
import NIOCore

/// The HTTP proxy that the environment names for connections by TLS, as curl and Go read it.
///
/// `HTTPS_PROXY` or `https_proxy` names it, `http://[USER:PASSWORD@]HOST[:PORT]`, with or without the scheme; the port is 80
/// unless said. `NO_PROXY` or `no_proxy` lists the hosts that are connected to directly: names, which include their
/// subdomains, or addresses, with or without a port, separated by commas; `*` means all. The lower-case name comes
/// first where both are set. An origin without TLS, such as a mirror, takes no proxy, and neither does this machine itself
/// (`localhost`, 127.0.0.0/8, ::1).
///
/// The proxy gets a `CONNECT` request with the host's name and port, and the bytes of TLS, which ends at the host.
struct ProxySettings: Sendable, Equatable {
    /// Where the proxy listens, and how to log in.
    fileprivate struct Proxy: Sendable, Equatable {
        let host: String
        let port: Int
        let credentials: Credentials?
    }

    fileprivate struct Credentials: Sendable, Equatable {
        let user: String
        let password: String
    }

    private let proxy: Proxy?
    private let exceptions: [String]

    /// Reads the variables.
    ///
    /// - Parameter environment: The process's variables.
    /// - Throws: `vendor-service.address-invalid` for a proxy that is no address of the form above; the error names the
    ///   variable, and not its value, which may hold a password.
    init(environment: [String: String]) throws(VendorServiceError) {
        let value = { (name: String) in
            [name.lowercased(), name].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        exceptions = (value("NO_PROXY") ?? "").split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces).lowercased()
        }
        guard let text = value("HTTPS_PROXY") else {
            proxy = nil
            return
        }
        guard let proxy = Proxy(text.contains("://") ? text : "http://\(text)") else {
            throw VendorServiceError(
                .addressInvalid,
                subject: "HTTPS_PROXY",
                expected: "http://HOST:PORT or http://USER:PASSWORD@HOST:PORT"
            )
        }
        self.proxy = proxy
    }

    /// The proxy for an origin; nil to connect directly.
    func proxy(for origin: Origin) -> HTTPClient.Configuration.Proxy? {
        guard origin.isEncrypted, !origin.isThisMachine, let proxy, !isException(origin) else { return nil }
        return .server(
            host: proxy.host,
            port: proxy.port,
            authorization: proxy.credentials.map { .basic(username: $0.user, password: $0.password) }
        )
    }

    private func isException(_ origin: Origin) -> Bool {
        exceptions.contains { exception in
            if exception == "*" { return true }
            var name = exception[...]
            if name.hasSuffix(":\(origin.port)") { name = name.dropLast("\(origin.port)".count + 1) }
            if name.hasPrefix("[") && name.hasSuffix("]") { name = name.dropFirst().dropLast() }
            if name.hasPrefix(".") { name = name.dropFirst() }
            guard !name.isEmpty else { return false }
            return origin.host == name || origin.host.hasSuffix(".\(name)")
        }
    }
}

extension Origin {
    fileprivate var isThisMachine: Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" || host == "::1"
            || (try? SocketAddress(ipAddress: host, port: port)) != nil && host.hasPrefix("127.")
    }
}

extension ProxySettings.Proxy {
    fileprivate init?(_ text: String) {
        guard let parts = URLComponents(string: text, encodingInvalidCharacters: false),
            parts.scheme?.lowercased() == "http",
            let host = parts.host, !host.isEmpty, ["", "/"].contains(parts.path), parts.query == nil,
            parts.fragment == nil
        else { return nil }
        let port = parts.port ?? 80
        guard (1...65_535).contains(port) else { return nil }
        self.host = host
        self.port = port
        credentials = parts.user.map { ProxySettings.Credentials(user: $0, password: parts.password ?? "") }
    }
}
