/// The elements of a tensor in a document, row-major.
package enum TensorData: Sendable, Equatable {
    case booleans([Bool])
    /// `INT8` to `INT64`.
    case signed([Int64])
    /// `UINT8` to `UINT64`.
    case unsigned([UInt64])
    /// `FP32`.
    case floats([Float])
    /// `FP64`.
    case doubles([Double])
    /// `BYTES`, each element the UTF-8 of a JSON string.
    case texts([[UInt8]])
    /// The range of the elements in the bytes after the JSON document, little-endian.
    case binary(Range<Int>)
}

/// A type of elements in the `data` of a tensor.
protocol JSONElement {
    /// Reads one element.
    static func read(
        _ reader: inout JSONReader,
        _ datatype: TensorDatatype,
        _ text: Span<UInt8>
    ) throws(OpenInferenceError) -> Self
}

extension Bool: JSONElement {
    static func read(
        _ reader: inout JSONReader,
        _ datatype: TensorDatatype,
        _ text: Span<UInt8>
    ) throws(OpenInferenceError) -> Bool {
        try reader.bool(text)
    }
}

extension Int64: JSONElement {
    static func read(
        _ reader: inout JSONReader,
        _ datatype: TensorDatatype,
        _ text: Span<UInt8>
    ) throws(OpenInferenceError) -> Int64 {
        let (magnitude, isNegative) = try reader.whole(datatype.wholeRange ?? (.min, UInt64(Int64.max)), text)
        return isNegative ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(truncatingIfNeeded: magnitude)
    }
}

extension UInt64: JSONElement {
    static func read(
        _ reader: inout JSONReader,
        _ datatype: TensorDatatype,
        _ text: Span<UInt8>
    ) throws(OpenInferenceError) -> UInt64 {
        try reader.whole(datatype.wholeRange ?? (0, .max), text).magnitude
    }
}

extension Float: JSONElement {
    static func read(
        _ reader: inout JSONReader,
        _ datatype: TensorDatatype,
        _ text: Span<UInt8>
    ) throws(OpenInferenceError) -> Float {
        try reader.float(text)
    }
}

extension Double: JSONElement {
    static func read(
        _ reader: inout JSONReader,
        _ datatype: TensorDatatype,
        _ text: Span<UInt8>
    ) throws(OpenInferenceError) -> Double {
        try reader.double(text)
    }
}

extension [UInt8]: JSONElement {
    static func read(
        _ reader: inout JSONReader,
        _ datatype: TensorDatatype,
        _ text: Span<UInt8>
    ) throws(OpenInferenceError) -> [UInt8] {
        try reader.bytes(text)
    }
}

extension TensorData {
    /// The most elements of `BYTES` in JSON: each costs more memory than its text.
    static let maximumTexts = 4096

    /// Reads a tensor's `data`, flat or nested as the shape.
    ///
    /// - Throws: `oip.data-count-differs` where the elements do not fill the shape, `oip.data-invalid` for one that the
    ///   datatype cannot represent, `oip.datatype-unsupported` for `FP16` and `BF16`, which have no JSON form.
    static func read(
        _ datatype: TensorDatatype,
        _ shape: TensorShape,
        from reader: inout JSONReader,
        _ text: Span<UInt8>,
        subject: String
    ) throws(OpenInferenceError) -> TensorData {
        var array = ArrayReader(datatype: datatype, shape: shape, subject: subject)
        switch datatype {
        case .bool: return .booleans(try array.read(&reader, text))
        case .int8, .int16, .int32, .int64: return .signed(try array.read(&reader, text))
        case .uint8, .uint16, .uint32, .uint64: return .unsigned(try array.read(&reader, text))
        case .float32: return .floats(try array.read(&reader, text))
        case .float64: return .doubles(try array.read(&reader, text))
        case .bytes:
            guard shape.elementCount <= maximumTexts else {
                throw OpenInferenceError(.shapeInvalid, subject: subject, expected: "at most \(maximumTexts) elements")
            }
            return .texts(try array.read(&reader, text))
        case .float16, .bfloat16:
            throw OpenInferenceError(
                .datatypeUnsupported,
                subject: subject,
                expected: "binary data, the only form of this datatype",
                found: datatype.rawValue
            )
        }
    }
}

/// Reads nested arrays: all elements in one, or one array a dimension.
private struct ArrayReader {
    let datatype: TensorDatatype
    let shape: TensorShape
    let subject: String
    /// The depth of the elements; 0 until the first was read.
    private var leafDepth = 0

    init(datatype: TensorDatatype, shape: TensorShape, subject: String) {
        self.datatype = datatype
        self.shape = shape
        self.subject = subject
    }

    mutating func read<Element: JSONElement>(
        _ reader: inout JSONReader,
        _ text: Span<UInt8>
    ) throws(OpenInferenceError) -> [Element] {
        var elements: [Element] = []
        // Each element takes at least two bytes, whatever the shape claims.
        elements.reserveCapacity(min(shape.elementCount, (text.count - reader.offset) / 2 + 1))
        try readLevel(1, &elements, &reader, text)
        guard elements.count == shape.elementCount else { throw countDiffers() }
        return elements
    }

    private mutating func readLevel<Element: JSONElement>(
        _ depth: Int,
        _ elements: inout [Element],
        _ reader: inout JSONReader,
        _ text: Span<UInt8>
    ) throws(OpenInferenceError) {
        try reader.enter(UInt8(ascii: "["), text)
        var isFirst = true
        var count = 0
        while try reader.nextElement(&isFirst, text) {
            count += 1
            if reader.peek(text) == UInt8(ascii: "[") {
                guard depth < shape.sizes.count, leafDepth != depth, count <= shape.sizes[depth - 1] else {
                    throw countDiffers()
                }
                try readLevel(depth + 1, &elements, &reader, text)
            } else {
                if leafDepth == 0 { leafDepth = depth }
                guard leafDepth == depth, elements.count < shape.elementCount else { throw countDiffers() }
                elements.append(try Element.read(&reader, datatype, text))
            }
        }
        // All in one array, or every array with the length of its dimension.
        let isFlat = depth == 1 && leafDepth == 1
        let isFull = depth <= shape.sizes.count && count == shape.sizes[depth - 1]
        guard isFlat || isFull, leafDepth == 1 || leafDepth == shape.sizes.count else {
            throw countDiffers()
        }
    }

    private func countDiffers() -> OpenInferenceError {
        OpenInferenceError(
            .dataCountDiffers,
            subject: subject,
            expected: "\(shape.elementCount) elements, flat or nested as the shape \(shape.sizes)"
        )
    }
}
