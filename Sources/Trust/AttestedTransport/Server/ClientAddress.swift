package import NIOCore

/// The address that a client's share of a limit is counted by: an IPv4 address, or the /64 network of an IPv6 address.
///
/// One host has as many IPv6 addresses as it likes within its network. Connections without an IP address, such as those of
/// Unix sockets, count as one address.
package struct ClientAddress: Hashable, Sendable {
    private let text: String

    /// Takes the address of a connection's other end.
    ///
    /// - Parameter address: The channel's remote address; nil where it is not known.
    package init(_ address: SocketAddress?) {
        let text = address?.ipAddress ?? ""
        self.text = text.contains(":") ? Self.network(of: text) : text
    }

    /// The first four groups of an IPv6 address, or the IPv4 address that is mapped into it.
    private static func network(of text: String) -> String {
        if text.contains("."), let last = text.split(separator: ":").last { return String(last) }
        let halves = text.split(separator: "::", omittingEmptySubsequences: false).map { $0.split(separator: ":") }
        let (head, tail) = (halves.first ?? [], halves.count > 1 ? halves[1] : [])
        let zeros = Array(repeating: Substring("0"), count: max(0, 8 - head.count - tail.count))
        return (head + zeros + tail).prefix(4).joined(separator: ":")
    }
}
