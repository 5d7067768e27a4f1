package import InferenceProtocol

extension TensorElements {
    /// Elements of a datatype from numbers; nil for a number that the type cannot hold, and for `BYTES`.
    ///
    /// - Parameters:
    ///   - numbers: The numbers; a whole type takes whole ones alone, `BOOL` 0 and 1.
    ///   - type: The datatype.
    package init?(_ numbers: [Double], as type: TensorDatatype) {
        guard type != .float32 else {
            self = .floats(numbers.map { Float($0) })
            return
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(numbers.count * (type.byteWidth ?? 0))
        for number in numbers {
            guard let bits = Self.bits(number, as: type), let width = type.byteWidth else { return nil }
            for place in 0..<width { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(8 * place))) }
        }
        self = .raw(bytes, type)
    }

    /// The elements as numbers; empty for `BYTES`.
    ///
    /// Whole numbers beyond 2⁵³ are rounded.
    package var numbers: [Double] {
        switch self {
        case .floats(let floats): return floats.map { Double($0) }
        case .raw(let bytes, let type):
            let width = type.byteWidth ?? 1
            return stride(from: 0, to: bytes.count - width + 1, by: width).map { place in
                let bits = (0..<width).reduce(UInt64(0)) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
                return Self.number(bits, as: type)
            }
        case .strings: return []
        }
    }

    /// The index of the first element that is NaN or an infinity, and the element; nil where all are finite.
    package var firstNotFinite: (index: Int, number: Double)? {
        switch self {
        case .floats(let floats):
            return floats.firstIndex { !$0.isFinite }.map { ($0, Double(floats[$0])) }
        case .raw(_, let type) where type.isFloatingPoint:
            let numbers = numbers
            return numbers.firstIndex { !$0.isFinite }.map { ($0, numbers[$0]) }
        case .raw, .strings: return nil
        }
    }

    /// Whether every `BOOL` is 0 or 1; true for every other type.
    package var hasValidBooleans: Bool {
        if case .raw(let bytes, .bool) = self { bytes.allSatisfy { $0 <= 1 } } else { true }
    }

    private static func bits(_ number: Double, as type: TensorDatatype) -> UInt64? {
        switch type {
        case .bool: number == 0 || number == 1 ? UInt64(number) : nil
        case .uint8: UInt8(exactly: number).map { UInt64($0) }
        case .uint16: UInt16(exactly: number).map { UInt64($0) }
        case .uint32: UInt32(exactly: number).map { UInt64($0) }
        case .uint64: UInt64(exactly: number)
        case .int8: Int8(exactly: number).map { UInt64(UInt8(bitPattern: $0)) }
        case .int16: Int16(exactly: number).map { UInt64(UInt16(bitPattern: $0)) }
        case .int32: Int32(exactly: number).map { UInt64(UInt32(bitPattern: $0)) }
        case .int64: Int64(exactly: number).map { UInt64(bitPattern: $0) }
        case .float16: UInt64(Float16(number).bitPattern)
        case .bfloat16: UInt64(roundedToBfloat16(Float(number)))
        case .float32: UInt64(Float(number).bitPattern)
        case .float64: number.bitPattern
        case .bytes: nil
        }
    }

    /// The upper half of a float's bits, rounded to the nearest, to even between two.
    private static func roundedToBfloat16(_ number: Float) -> UInt16 {
        let bits = number.bitPattern
        guard number.isFinite else { return UInt16(bits >> 16) | (number.isNaN ? 0x40 : 0) }
        return UInt16(truncatingIfNeeded: (bits + 0x7fff + (bits >> 16 & 1)) >> 16)
    }

    private static func number(_ bits: UInt64, as type: TensorDatatype) -> Double {
        switch type {
        case .bool, .uint8, .uint16, .uint32, .uint64: Double(bits)
        case .int8: Double(Int8(truncatingIfNeeded: bits))
        case .int16: Double(Int16(truncatingIfNeeded: bits))
        case .int32: Double(Int32(truncatingIfNeeded: bits))
        case .int64: Double(Int64(truncatingIfNeeded: bits))
        case .float16: Double(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
        case .bfloat16: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits) << 16))
        case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .float64: Double(bitPattern: bits)
        case .bytes: 0
        }
    }
}
