/// A GUID in UEFI's encoding: three little-endian numbers and eight bytes (UEFI specification, appendix A).
struct Guid: Hashable, Sendable {
    /// The size in bytes.
    static let size = 16

    /// The encoded bytes.
    let bytes: [UInt8]

    /// Creates a GUID from its text form.
    ///
    /// - Parameters:
    ///   - first: The first eight digits.
    ///   - second: The next four.
    ///   - third: The next four.
    ///   - rest: The last sixteen.
    init(_ first: UInt32, _ second: UInt16, _ third: UInt16, _ rest: UInt64) {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: first)
        bytes.append(littleEndian: second)
        bytes.append(littleEndian: third)
        bytes.append(littleEndian: rest.byteSwapped)
        self.bytes = bytes
    }

    /// Creates a GUID from its sixteen encoded bytes.
    init(_ bytes: [UInt8]) {
        precondition(bytes.count == Self.size, "a GUID has 16 bytes")
        self.bytes = bytes
    }
}
