/// An IPv4 address with prefix length, parsed from a launch plan.
package struct AddressText: Equatable {
    /// The address as a number in host byte order; the first octet is the most significant byte.
    package let address: UInt32
    /// The length of the network prefix in bits, 0 to 32.
    package let prefixLength: UInt8

    /// The network mask, in the same byte order as ``address``.
    package var mask: UInt32 { prefixLength == 0 ? 0 : ~0 << (32 - UInt32(prefixLength)) }

    /// Parses `A.B.C.D/N`, or `A.B.C.D` with a prefix length of 32; nil for anything else.
    package init?(_ text: String) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        let parts = halves[0].split(separator: ".", omittingEmptySubsequences: false)
        guard halves.count <= 2, parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard part.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt8(part) else { return nil }
            address = address << 8 | UInt32(number)
        }
        var length: UInt8 = 32
        if halves.count == 2 {
            guard halves[1].utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt8(halves[1]), number <= 32
            else { return nil }
            length = number
        }
        self.address = address
        prefixLength = length
    }
}
