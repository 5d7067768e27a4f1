/// The response to an inference request.
package struct InferenceResponse: Sendable, Equatable {
    /// An output tensor.
    package struct Output: Sendable, Equatable {
        /// A tensor's elements.
        package enum Values: Sendable, Equatable {
            /// `FP32`.
            case floats([Float])
            /// A type of a fixed width other than `FP32`, little-endian and row-major.
            case raw([UInt8], TensorDatatype)
            /// `BYTES` that are text.
            case texts([String])
            /// `BYTES` of any content.
            case strings([[UInt8]])
        }

        package let name: String
        package let shape: [Int]
        package let values: Values
        /// Whether the client requested raw bytes in place of JSON.
        package let isBinary: Bool

        package init(name: String, shape: [Int], values: Values, isBinary: Bool = false) {
            self.name = name
            self.shape = shape
            self.values = values
            self.isBinary = isBinary
        }

        /// The type of the elements.
        package var datatype: TensorDatatype {
            switch values {
            case .floats: .float32
            case .raw(_, let datatype): datatype
            case .texts, .strings: .bytes
            }
        }
    }

    package let modelName: String
    package let modelVersion: String
    package let id: String?
    package let parameters: [String: ParameterValue]
    package let outputs: [Output]

    package init(
        modelName: String,
        modelVersion: String,
        id: String?,
        parameters: [String: ParameterValue] = [:],
        outputs: [Output]
    ) {
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.id = id
        self.parameters = parameters
        self.outputs = outputs
    }

    /// Writes the response body.
    ///
    /// - Returns: The bytes, and the size of their JSON part: nil where all are JSON.
    /// - Throws: `oip.data-invalid` for infinities, NaN and bytes that are no text, and `oip.datatype-unsupported` for
    ///   `FP16` and `BF16`, which have no JSON form.
    package func encoded() throws(OpenInferenceError) -> (bytes: [UInt8], headerLength: Int?) {
        var binary: [UInt8] = []
        var writer = JSONWriter()
        writer.open("{")
        writer.key("model_name")
        writer.text(modelName)
        writer.key("model_version")
        writer.text(modelVersion)
        if let id {
            writer.key("id")
            writer.text(id)
        }
        if !parameters.isEmpty {
            writer.key("parameters")
            try writer.parameters(parameters)
        }
        writer.key("outputs")
        writer.open("[")
        for output in outputs {
            try output.write(to: &writer, binary: &binary)
        }
        writer.close("]")
        writer.close("}")
        guard outputs.contains(where: \.isBinary) else { return (writer.bytes, nil) }
        return (writer.bytes + binary, writer.bytes.count)
    }
}

extension InferenceResponse.Output {
    fileprivate func write(to writer: inout JSONWriter, binary: inout [UInt8]) throws(OpenInferenceError) {
        writer.element()
        writer.open("{")
        writer.key("name")
        writer.text(name)
        writer.key("datatype")
        writer.text(datatype.rawValue)
        writer.key("shape")
        writer.open("[")
        for size in shape {
            writer.element()
            writer.integer(Int64(size))
        }
        writer.close("]")
        if isBinary {
            let start = binary.count
            BinaryTensor.append(values, to: &binary)
            writer.key("parameters")
            try writer.parameters(["binary_data_size": .integer(Int64(binary.count - start))])
        } else {
            writer.key("data")
            writer.open("[")
            try writer.elements(values)
            writer.close("]")
        }
        writer.close("}")
    }
}
