extension JSONWriter {
    /// Writes a tensor's elements, one after the other.
    ///
    /// - Throws: `oip.data-invalid` for infinities, NaN and bytes that are no text; `oip.datatype-unsupported` for
    ///   `FP16` and `BF16`.
    mutating func elements(_ values: InferenceResponse.Output.Values) throws(OpenInferenceError) {
        switch values {
        case .floats(let floats):
            for value in floats {
                element()
                try number(value)
            }
        case .texts(let texts):
            for value in texts {
                element()
                text(value)
            }
        case .strings(let strings):
            for value in strings {
                guard let string = String(validating: value, as: UTF8.self) else {
                    throw Self.notInJSON(.dataInvalid, "bytes that are no UTF-8")
                }
                element()
                text(string)
            }
        case .raw(let bytes, let datatype): try raw(bytes, datatype)
        }
    }

    private mutating func raw(_ bytes: [UInt8], _ datatype: TensorDatatype) throws(OpenInferenceError) {
        guard let width = datatype.byteWidth, datatype != .float16, datatype != .bfloat16 else {
            throw Self.notInJSON(.datatypeUnsupported, datatype.rawValue)
        }
        for place in stride(from: 0, to: bytes.count - width + 1, by: width) {
            let bits = (0..<width).reduce(UInt64(0)) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
            element()
            switch datatype {
            case .bool: boolean(bits != 0)
            case .float64: try number(Double(bitPattern: bits))
            case .float32: try number(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
            case .int8, .int16, .int32, .int64:
                // The sign bit moves to the top, and back down with its copies.
                let shift = 64 - 8 * width
                integer(Int64(bitPattern: bits << UInt64(shift)) >> Int64(shift))
            default: unsigned(bits)
            }
        }
    }

    private static func notInJSON(_ code: OpenInferenceError.Code, _ found: String) -> OpenInferenceError {
        OpenInferenceError(
            code,
            subject: "outputs",
            expected: #"a request for bytes in place of JSON: the output's parameter "binary_data": true"#,
            found: found
        )
    }
}
