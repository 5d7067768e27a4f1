/// Little-endian numbers at offsets that come from untrusted data.
extension Array where Element == UInt8 {
    /// Reads a number; nil where it is not entirely in the array.
    func field<Number: FixedWidthInteger & UnsignedInteger>(at offset: Int, as type: Number.Type = Number.self)
        -> Number?
    {
        let width = Number.bitWidth / 8
        guard offset >= 0, offset <= count - width else { return nil }
        var value: Number = 0
        for index in 0..<width {
            value |= Number(truncatingIfNeeded: self[offset + index]) << (8 * index)
        }
        return value
    }

    /// Reads bytes; nil where they are not entirely in the array.
    func field(at offset: Int, count wanted: Int) -> [UInt8]? {
        guard offset >= 0, wanted >= 0, offset <= count - wanted else { return nil }
        return Array(self[offset..<offset + wanted])
    }

    /// Writes a number; the offset must be valid.
    mutating func set(_ value: some FixedWidthInteger & UnsignedInteger, at offset: Int) {
        for index in 0..<value.bitWidth / 8 {
            self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
        }
    }

    /// Appends a number.
    mutating func append(littleEndian value: some FixedWidthInteger & UnsignedInteger) {
        for index in 0..<value.bitWidth / 8 {
            append(UInt8(truncatingIfNeeded: value >> (8 * index)))
        }
    }
}
