/// A server's address: `https://host:port`, or `http://host:port` without any protection.
public struct ServerAddress: Sendable, Equatable, CustomStringConvertible {
    /// The scheme of an address.
    public enum Scheme: String, Sendable, CaseIterable {
        /// TLS 1.3 that terminates inside the machine.
        case https
        /// Plain text, which everyone on the network path can read and change.
        case http

        fileprivate var port: Int { self == .https ? 443 : 80 }
    }

    /// The scheme.
    public let scheme: Scheme
    /// The host's name or address, without the brackets of an IPv6 address.
    public let host: String
    /// The port, 1 to 65535.
    public let port: Int

    /// Parses an address.
    ///
    /// - Parameter text: `https://host[:port]` or `http://host[:port]`, with or without a slash at the end; the default
    ///   port is 443 or 80.
    /// - Throws: `client.address-invalid` for anything else.
    public init(_ text: String) throws(ClientError) {
        guard let scheme = Scheme.allCases.first(where: { text.hasPrefix("\($0.rawValue)://") }) else {
            throw ClientError(.addressInvalid, subject: text, expected: "https://host:port")
        }
        var rest = text.dropFirst(scheme.rawValue.count + 3)
        if rest.last == "/" { rest.removeLast() }
        let host: Substring
        let port: Substring?
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else {
                throw ClientError(.addressInvalid, subject: text, expected: "a \"]\" behind the IPv6 address")
            }
            host = rest[rest.index(after: rest.startIndex)..<end]
            let tail = rest[rest.index(after: end)...]
            guard tail.isEmpty || tail.first == ":" else {
                throw ClientError(.addressInvalid, subject: text, expected: "https://[address]:port")
            }
            port = tail.isEmpty ? nil : tail.dropFirst()
        } else {
            let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            host = parts[0]
            port = parts.count == 2 ? parts[1] : nil
        }
        guard !host.isEmpty, !host.contains(where: { "/?#@ ".contains($0) }) else {
            throw ClientError(.addressInvalid, subject: text, expected: "https://host:port without a path")
        }
        guard let number = port.map({ Int($0) }) ?? scheme.port, (1...65_535).contains(number) else {
            throw ClientError(.addressInvalid, subject: text, expected: "a port from 1 to 65535")
        }
        self.scheme = scheme
        self.host = String(host)
        self.port = number
    }

    /// The address with its port.
    public var description: String { "\(scheme.rawValue)://\(authority)" }

    /// The host and port, as in the `Host` header.
    var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
