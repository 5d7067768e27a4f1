/// Tensors as bytes: little-endian, row-major, without padding (binary tensor data extension).
package enum BinaryTensor {
    /// Reads `FP32`; this is the only copy of a tensor's data before the batch.
    ///
    /// - Parameter bytes: Four bytes a number; fewer bytes at the end are ignored, because callers have checked the
    ///   size.
    /// - Returns: The numbers.
    package static func floats(_ bytes: Span<UInt8>) -> [Float] {
        #if _endian(little)
        let count = bytes.count / 4
        return unsafe [Float](unsafeUninitializedCapacity: count) { room, initialized in
            // Safe: `count` numbers fit into the buffer and are in the bytes, and any bits are a valid float.
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe UnsafeMutableRawBufferPointer(room).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes.prefix(count * 4))
                )
            }
            initialized = count
        }
        #else
        #error("a big-endian machine needs its bytes turned")
        #endif
    }

    /// Finds the elements of `BYTES`: each has a length of four bytes, and as many bytes.
    ///
    /// - Parameters:
    ///   - bytes: The tensor's bytes.
    ///   - count: The number of elements of the shape.
    ///   - subject: The field, for the error.
    /// - Returns: The range of each element in the bytes.
    /// - Throws: `oip.data-count-differs` where the elements do not fill the bytes exactly.
    package static func elements(
        _ bytes: Span<UInt8>,
        count: Int,
        subject: String
    ) throws(OpenInferenceError) -> [Range<Int>] {
        var elements: [Range<Int>] = []
        var place = 0
        while place < bytes.count {
            guard bytes.count - place >= 4, elements.count < count else { throw differs(count, subject) }
            let length = (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
            place += 4
            guard length <= bytes.count - place else { throw differs(count, subject) }
            elements.append(place..<(place + length))
            place += length
        }
        guard elements.count == count else { throw differs(count, subject) }
        return elements
    }

    private static func differs(_ count: Int, _ subject: String) -> OpenInferenceError {
        OpenInferenceError(
            .dataCountDiffers,
            subject: subject,
            expected: "\(count) elements, each a length of four bytes and as many bytes"
        )
    }

    /// Appends numbers as bytes.
    package static func append(_ floats: some Collection<Float>, to bytes: inout [UInt8]) {
        bytes.reserveCapacity(bytes.count + floats.count * 4)
        for value in floats {
            let bits = value.bitPattern
            bytes.append(UInt8(truncatingIfNeeded: bits))
            bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
            bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
            bytes.append(UInt8(truncatingIfNeeded: bits >> 24))
        }
    }

    /// Appends the elements of `BYTES`, each a length of four bytes and as many bytes.
    package static func append(strings: some Sequence<some Collection<UInt8>>, to bytes: inout [UInt8]) {
        for string in strings {
            let count = UInt32(string.count)
            for shift in stride(from: 0, to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: count >> UInt32(shift)))
            }
            bytes.append(contentsOf: string)
        }
    }

    /// Appends an output's elements as bytes.
    package static func append(_ values: InferenceResponse.Output.Values, to bytes: inout [UInt8]) {
        switch values {
        case .floats(let floats): append(floats, to: &bytes)
        case .raw(let raw, _): bytes += raw
        case .texts(let texts): append(strings: texts.map(\.utf8), to: &bytes)
        case .strings(let strings): append(strings: strings, to: &bytes)
        }
    }
}
