package import InferenceProtocol

extension TensorDatatype {
    /// Whether an element may be a fraction, an infinity or no number.
    package var isFloatingPoint: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        default: false
        }
    }

    /// The number of the type in ONNX's TensorProto.DataType, by which the engines' shims name it.
    package var onnxElementType: Int32 {
        switch self {
        case .float32: 1
        case .uint8: 2
        case .int8: 3
        case .uint16: 4
        case .int16: 5
        case .int32: 6
        case .int64: 7
        case .bytes: 8
        case .bool: 9
        case .float16: 10
        case .float64: 11
        case .uint32: 12
        case .uint64: 13
        case .bfloat16: 16
        }
    }

    /// The datatype of a TensorProto.DataType number of the ONNX specification; nil for one that is not supported.
    package init?(onnxElementType number: Int32) {
        guard let type = Self.allCases.first(where: { $0.onnxElementType == number }) else { return nil }
        self = type
    }
}
