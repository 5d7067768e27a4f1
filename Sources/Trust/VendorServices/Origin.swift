import Foundation

/// The origin of a service: a scheme, a host and a port, such as `https://kdsintf.amd.com`.
package struct Origin: Sendable, Hashable, CustomStringConvertible {
    /// Whether connections use TLS.
    let isEncrypted: Bool
    /// A name or an address.
    let host: String
    /// The port.
    let port: Int

    /// Parses an origin; nil for another scheme, and for a URL with a path, a query or a user.
    ///
    /// - Parameter text: Such as `http://127.0.0.1:8081`.
    package init?(_ text: String) {
        guard let parts = URLComponents(string: text), ["", "/"].contains(parts.path), parts.query == nil,
            parts.fragment == nil
        else { return nil }
        self.init(parts)
    }

    init?(_ parts: URLComponents) {
        guard let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil
        else { return nil }
        isEncrypted = scheme == "https"
        self.host = host.lowercased()
        port = parts.port ?? (isEncrypted ? 443 : 80)
        guard (1...65_535).contains(port) else { return nil }
    }

    /// The origin as a URL, always with its port.
    package var description: String { "\(isEncrypted ? "https" : "http")://\(host):\(port)" }
}
