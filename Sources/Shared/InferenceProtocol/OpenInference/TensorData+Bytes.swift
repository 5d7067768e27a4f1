extension TensorData {
    /// The elements as a tensor's bytes, little-endian, for every type of a fixed width but `FP32`.
    ///
    /// - Parameter datatype: The type that the elements were read as.
    /// - Returns: The bytes; nil for `FP32`, `BYTES` and what is bytes already.
    package func bytes(as datatype: TensorDatatype) -> [UInt8]? {
        guard let width = datatype.byteWidth else { return nil }
        switch self {
        case .booleans(let values): return values.map { $0 ? 1 : 0 }
        case .signed(let values): return Self.bytes(values.map { UInt64(bitPattern: $0) }, width)
        case .unsigned(let values): return Self.bytes(values, width)
        case .doubles(let values): return Self.bytes(values.map(\.bitPattern), width)
        case .floats, .texts, .binary: return nil
        }
    }

    private static func bytes(_ values: [UInt64], _ width: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * width)
        for value in values {
            for place in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place))) }
        }
        return bytes
    }
}

extension TensorDatatype {
    /// Whether a whole number is one of this type; false for types of no whole numbers.
    ///
    /// - Parameter value: The number.
    /// - Returns: Whether the type can hold it.
    package func holds(_ value: some BinaryInteger) -> Bool {
        wholeRange.map { value >= $0.lowest && value <= $0.highest } ?? false
    }
}
