package import InferenceProtocol

/// The elements of a tensor, row-major.
///
/// `FP32` is an array of numbers, because images are computed in it; every other type of a fixed width stays the bytes
/// that came from the client and go to the engine.
package enum TensorElements: Sendable, Equatable {
    /// `FP32`.
    case floats([Float])
    /// A type of a fixed width other than `FP32`: little-endian, without padding; a `BOOL` is a byte, 0 or 1.
    case raw([UInt8], TensorDatatype)
    /// `BYTES`: one string of bytes an element.
    case strings([[UInt8]])

    /// The type of the elements.
    package var dataType: TensorDatatype {
        switch self {
        case .floats: .float32
        case .raw(_, let type): type
        case .strings: .bytes
        }
    }

    /// The number of elements.
    package var count: Int {
        switch self {
        case .floats(let floats): floats.count
        case .raw(let bytes, let type): bytes.count / (type.byteWidth ?? 1)
        case .strings(let strings): strings.count
        }
    }

    /// Elements of a fixed width from their bytes.
    ///
    /// - Parameters:
    ///   - bytes: The elements, little-endian and row-major; a part of an element at the end is left out.
    ///   - type: Their type, of a fixed width.
    package init(bytes: [UInt8], type: TensorDatatype) {
        guard type == .float32 else {
            self = .raw(bytes, type)
            return
        }
        // Safe: the bytes are copied within the closure; any bits are a float.
        self = unsafe bytes.withUnsafeBytes { bytes in
            let floats = unsafe [Float](unsafeUninitializedCapacity: bytes.count / 4) { room, initialized in
                unsafe UnsafeMutableRawBufferPointer(room).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count / 4 * 4))
                )
                initialized = bytes.count / 4
            }
            return .floats(floats)
        }
    }

    /// Copies elements from a library's memory.
    ///
    /// - Parameters:
    ///   - start: The first element; aligned for its type.
    ///   - count: The number of elements.
    ///   - type: Their type, of a fixed width.
    package init(reading start: UnsafeRawPointer?, count: Int, type: TensorDatatype) {
        guard type != .float32 else {
            // Safe: the caller's library has as many numbers there, and they are copied at once.
            let floats = unsafe start.map {
                unsafe Array(UnsafeBufferPointer(start: $0.assumingMemoryBound(to: Float.self), count: count))
            }
            self = .floats(floats ?? [])
            return
        }
        // Safe: as above.
        let bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: count * (type.byteWidth ?? 1)))
        self = .raw(bytes, type)
    }

    /// A part of the elements.
    ///
    /// - Parameter range: Which elements; within those that there are.
    /// - Returns: Their copy.
    package func part(_ range: Range<Int>) -> TensorElements {
        switch self {
        case .floats(let floats): return .floats(Array(floats[range]))
        case .raw(let bytes, let type):
            let width = type.byteWidth ?? 1
            return .raw(Array(bytes[range.lowerBound * width..<range.upperBound * width]), type)
        case .strings(let strings): return .strings(Array(strings[range]))
        }
    }
}
