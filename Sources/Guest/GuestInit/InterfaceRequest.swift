/// Encodes the network ioctls: `ifreq` of 40 bytes, `rtentry` of 120 (netdevice(7)).
///
/// ``NetworkInterface`` sends them.
package enum InterfaceRequest {
    static let setFlags: UInt = 0x8914
    static let setAddress: UInt = 0x8916
    static let setMask: UInt = 0x891c
    static let addRoute: UInt = 0x890b

    /// An `ifreq` that sets an interface's IPv4 address or mask.
    ///
    /// - Parameters:
    ///   - name: The interface's name, at most 15 bytes.
    ///   - address: The address or mask; the first octet is the most significant byte.
    /// - Returns: The structure; nil for a name that is empty or too long.
    package static func address(_ name: String, _ address: UInt32) -> [UInt8]? {
        header(name).map { $0 + socketAddress(address) + [UInt8](repeating: 0, count: 8) }
    }

    /// An `ifreq` that brings an interface up; nil for a name that is empty or too long.
    package static func up(_ name: String) -> [UInt8]? {
        // IFF_UP | IFF_RUNNING
        header(name).map { $0 + [0x41, 0] + [UInt8](repeating: 0, count: 22) }
    }

    /// An `rtentry` that adds the default route through a gateway.
    package static func defaultRoute(through gateway: UInt32) -> [UInt8] {
        var route = [UInt8](repeating: 0, count: 120)
        // rt_dst, rt_gateway and rt_genmask begin at 8, 24 and 40; rt_flags at 56: RTF_UP | RTF_GATEWAY.
        for (offset, value) in [(8, 0), (24, gateway), (40, 0)] {
            route.replaceSubrange(offset..<offset + 16, with: socketAddress(value))
        }
        route[56] = 3
        return route
    }

    private static func header(_ name: String) -> [UInt8]? {
        let bytes = Array(name.utf8)
        guard !bytes.isEmpty, bytes.count < 16 else { return nil }
        return bytes + [UInt8](repeating: 0, count: 16 - bytes.count)
    }

    /// A `sockaddr_in` with port 0.
    private static func socketAddress(_ address: UInt32) -> [UInt8] {
        [2, 0, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: address >> (24 - 8 * $0)) }
            + [UInt8](repeating: 0, count: 8)
    }
}
