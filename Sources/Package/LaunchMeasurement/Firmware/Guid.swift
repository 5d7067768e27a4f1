/// A GUID, as UEFI writes it: three little-endian numbers and eight bytes (UEFI specification, appendix A).
struct Guid: Hashable, Sendable {
    /// How many bytes one has.
    static let size = 16

    /// The bytes as they stand in a file.
    let bytes: [UInt8]

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

    /// Takes sixteen bytes of a file.
    init(_ bytes: [UInt8]) {
        precondition(bytes.count == Self.size, "a GUID has 16 bytes")
        self.bytes = bytes
    }
}
