/// The type of a tensor's elements (Open Inference Protocol v2, "Tensor Data Types").
package enum TensorDatatype: String, Sendable, Codable, CaseIterable {
    case bool = "BOOL"
    case uint8 = "UINT8"
    case uint16 = "UINT16"
    case uint32 = "UINT32"
    case uint64 = "UINT64"
    case int8 = "INT8"
    case int16 = "INT16"
    case int32 = "INT32"
    case int64 = "INT64"
    case float16 = "FP16"
    case bfloat16 = "BF16"
    case float32 = "FP32"
    case float64 = "FP64"
    case bytes = "BYTES"

    /// The size of an element in binary data, in bytes; nil for `BYTES`, where each element has its own length.
    package var byteWidth: Int? {
        switch self {
        case .bool, .uint8, .int8: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        case .bytes: nil
        }
    }

    /// The range of whole numbers of this type; nil for other types.
    package var wholeRange: (lowest: Int64, highest: UInt64)? {
        switch self {
        case .uint8: (0, UInt64(UInt8.max))
        case .uint16: (0, UInt64(UInt16.max))
        case .uint32: (0, UInt64(UInt32.max))
        case .uint64: (0, .max)
        case .int8: (Int64(Int8.min), UInt64(Int8.max))
        case .int16: (Int64(Int16.min), UInt64(Int16.max))
        case .int32: (Int64(Int32.min), UInt64(Int32.max))
        case .int64: (.min, UInt64(Int64.max))
        case .bool, .float16, .bfloat16, .float32, .float64, .bytes: nil
        }
    }
}

/// The size of each dimension of a tensor in a request, outermost first.
package struct TensorShape: Sendable, Equatable {
    /// The most dimensions of a shape.
    package static let maximumRank = 16

    /// The sizes, each at least 1.
    package let sizes: [Int]
    /// The number of elements of the shape; it does not overflow.
    package let elementCount: Int

    /// Validates a shape.
    ///
    /// - Parameters:
    ///   - sizes: The sizes in the request.
    ///   - subject: The field, for the error.
    /// - Throws: `oip.shape-invalid` for too many sizes, one below 1, and a product beyond 2⁴⁰; none is a scalar's shape.
    package init(_ sizes: [Int], subject: String) throws(OpenInferenceError) {
        guard sizes.count <= Self.maximumRank else {
            throw OpenInferenceError(
                .shapeInvalid,
                subject: subject,
                expected: "at most \(Self.maximumRank) sizes",
                found: "\(sizes.count)"
            )
        }
        var count = 1
        for size in sizes {
            guard size >= 1 else {
                throw OpenInferenceError(.shapeInvalid, subject: subject, expected: "sizes from 1", found: "\(size)")
            }
            let (product, overflows) = count.multipliedReportingOverflow(by: size)
            guard !overflows, product <= 1 << 40 else {
                throw OpenInferenceError(.shapeInvalid, subject: subject, expected: "at most 2^40 elements")
            }
            count = product
        }
        self.sizes = sizes
        elementCount = count
    }
}
