/// Little-endian numbers at fixed places of a block, as ext2, dm-verity and the signature block have them.
extension Array where Element == UInt8 {
    /// Writes a number; it has to fit, and its place has to be there.
    mutating func put(_ value: some FixedWidthInteger & UnsignedInteger, at offset: Int) {
        for index in 0..<value.bitWidth / 8 {
            self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
        }
    }

    /// Writes bytes.
    mutating func put(_ bytes: [UInt8], at offset: Int) {
        replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    /// Reads a number of as many bytes as its type has.
    func number<Number: FixedWidthInteger & UnsignedInteger>(at offset: Int, as type: Number.Type = Number.self)
        -> Number
    {
        var value: Number = 0
        for index in 0..<Number.bitWidth / 8 {
            value |= Number(truncatingIfNeeded: self[offset + index]) << (8 * index)
        }
        return value
    }
}
