/// Where a server listens: `http://host:port`.
public struct ServerAddress: Sendable, Equatable, CustomStringConvertible {
    /// The host's name or address, without the brackets of an IPv6 address.
    public let host: String
    /// The port, 1 to 65535.
    public let port: Int

    /// Reads an address.
    ///
    /// - Parameter text: `http://host[:port]`, with or without a slash at the end; the port is 80 unless said.
    /// - Throws: `client.address-invalid` for anything else, `https` included: this version speaks plain HTTP only.
    public init(_ text: String) throws(ClientError) {
        let prefix = "http://"
        guard text.hasPrefix(prefix) else {
            throw ClientError(.addressInvalid, subject: text, expected: "http://host:port")
        }
        var rest = text.dropFirst(prefix.count)
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
                throw ClientError(.addressInvalid, subject: text, expected: "http://[address]:port")
            }
            port = tail.isEmpty ? nil : tail.dropFirst()
        } else {
            let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            host = parts[0]
            port = parts.count == 2 ? parts[1] : nil
        }
        guard !host.isEmpty, !host.contains(where: { "/?#@ ".contains($0) }) else {
            throw ClientError(.addressInvalid, subject: text, expected: "http://host:port without a path")
        }
        guard let number = port.map({ Int($0) }) ?? 80, (1...65_535).contains(number) else {
            throw ClientError(.addressInvalid, subject: text, expected: "a port from 1 to 65535")
        }
        self.host = String(host)
        self.port = number
    }

    /// The address as it was read, with its port.
    public var description: String {
        "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
