/// The request body of an inference: a JSON document, followed by the tensors that are sent as bytes.
package struct InferenceRequest: Sendable, Equatable {
    /// An input tensor.
    package struct Input: Sendable, Equatable {
        package let name: String
        package let datatype: TensorDatatype
        package let shape: TensorShape
        package let parameters: [String: ParameterValue]
        package let data: TensorData
    }

    /// A requested output tensor.
    package struct Output: Sendable, Equatable {
        package let name: String
        package let parameters: [String: ParameterValue]

        package init(name: String, parameters: [String: ParameterValue] = [:]) {
            self.name = name
            self.parameters = parameters
        }
    }

    /// The most inputs or outputs of a request.
    static let maximumTensors = 64
    /// The most parameters of an object.
    static let maximumParameters = 64
    /// The largest size of a name or identifier in bytes.
    static let maximumTextSize = 4096

    /// The client's identifier of the request.
    package let id: String?
    package let parameters: [String: ParameterValue]
    package let inputs: [Input]
    /// The requested outputs; empty for the model's default.
    package let outputs: [Output]

    /// Parses a request.
    ///
    /// Unknown keys are ignored, as in other servers of the protocol. Parsing takes one pass over the bytes, two where
    /// a tensor's data precedes its shape; memory is bounded by the number of bytes, whatever the shapes claim.
    ///
    /// - Parameters:
    ///   - bytes: The body.
    ///   - headerLength: The value of `Inference-Header-Content-Length`: the size of the JSON part in bytes; nil for
    ///     all.
    /// - Throws: `oip.…` for an invalid request.
    package init(_ bytes: Span<UInt8>, headerLength: Int? = nil) throws(OpenInferenceError) {
        let length = headerLength ?? bytes.count
        guard (1...max(bytes.count, 1)).contains(length), bytes.count > 0 else {
            throw OpenInferenceError(
                .headerLengthInvalid,
                subject: "Inference-Header-Content-Length",
                expected: "1 to \(bytes.count), the body's size",
                found: "\(length)"
            )
        }
        var document = RequestReader(binary: length..<bytes.count)
        try document.read(bytes.extracting(0..<length))
        guard document.binary.isEmpty else {
            throw OpenInferenceError(
                .binarySizeDiffers,
                subject: "the body",
                expected: "as many bytes behind the JSON as the inputs name",
                found: "\(document.binary.count) more"
            )
        }
        guard !document.inputs.isEmpty else { throw OpenInferenceError(.fieldMissing, subject: "inputs") }
        id = document.id
        parameters = document.parameters
        inputs = document.inputs
        outputs = document.outputs
    }
}

/// Parses a request key by key.
private struct RequestReader {
    var id: String?
    var parameters: [String: ParameterValue] = [:]
    var inputs: [InferenceRequest.Input] = []
    var outputs: [InferenceRequest.Output] = []
    /// The bytes after the document that no input has used yet.
    var binary: Range<Int>
    private var reader = JSONReader()

    init(binary: Range<Int>) {
        self.binary = binary
    }

    mutating func read(_ text: Span<UInt8>) throws(OpenInferenceError) {
        try reader.enter(UInt8(ascii: "{"), text)
        var isFirst = true
        var seen: Set<String> = []
        while let key = try reader.nextKey(&isFirst, text) {
            guard ["id", "parameters", "inputs", "outputs"].contains(key) else {
                try reader.skip(text)
                continue
            }
            guard seen.insert(key).inserted else { throw invalid(key, "one of the name") }
            switch key {
            case "id": id = try reader.passNull(text) ? nil : try boundedString("id", text)
            case "parameters": parameters = try reader.parameters("parameters", text)
            case "inputs": try readInputs(text)
            default: try readOutputs(text)
            }
        }
        try reader.finish(text)
    }

    private mutating func readInputs(_ text: Span<UInt8>) throws(OpenInferenceError) {
        try reader.enter(UInt8(ascii: "["), text)
        var isFirst = true
        while try reader.nextElement(&isFirst, text) {
            let subject = "inputs[\(inputs.count)]"
            try checkCount(inputs.count, "inputs")
            var fields = InputFields(subject: subject)
            try fields.read(&reader, text)
            inputs.append(try fields.input(text, binary: &binary))
        }
    }

    private mutating func readOutputs(_ text: Span<UInt8>) throws(OpenInferenceError) {
        guard !(try reader.passNull(text)) else { return }
        try reader.enter(UInt8(ascii: "["), text)
        var isFirst = true
        while try reader.nextElement(&isFirst, text) {
            let subject = "outputs[\(outputs.count)]"
            try checkCount(outputs.count, "outputs")
            var name: String?
            var parameters: [String: ParameterValue] = [:]
            try reader.enter(UInt8(ascii: "{"), text)
            var isFirstKey = true
            while let key = try reader.nextKey(&isFirstKey, text) {
                switch key {
                case "name": name = try boundedString(subject + ".name", text)
                case "parameters": parameters = try reader.parameters(subject + ".parameters", text)
                default: try reader.skip(text)
                }
            }
            guard let name else { throw OpenInferenceError(.fieldMissing, subject: subject + ".name") }
            outputs.append(InferenceRequest.Output(name: name, parameters: parameters))
        }
    }

    private mutating func boundedString(_ subject: String, _ text: Span<UInt8>) throws(OpenInferenceError) -> String {
        let string = try reader.string(text)
        guard string.utf8.count <= InferenceRequest.maximumTextSize else {
            throw invalid(subject, "at most \(InferenceRequest.maximumTextSize) bytes")
        }
        return string
    }

    private func checkCount(_ count: Int, _ subject: String) throws(OpenInferenceError) {
        guard count < InferenceRequest.maximumTensors else {
            throw OpenInferenceError(
                .tooManyTensors,
                subject: subject,
                expected: "at most \(InferenceRequest.maximumTensors)"
            )
        }
    }

    private func invalid(_ subject: String, _ expected: String) -> OpenInferenceError {
        OpenInferenceError(.fieldInvalid, subject: subject, expected: expected)
    }
}

extension JSONReader {
    /// Reads an object of parameters; a value may be text, a number or a Boolean.
    mutating func parameters(
        _ subject: String,
        _ text: Span<UInt8>
    ) throws(OpenInferenceError) -> [String: ParameterValue] {
        guard !(try passNull(text)) else { return [:] }
        try enter(UInt8(ascii: "{"), text)
        var isFirst = true
        var values: [String: ParameterValue] = [:]
        while let key = try nextKey(&isFirst, text) {
            guard values.count < InferenceRequest.maximumParameters,
                key.utf8.count <= InferenceRequest.maximumTextSize
            else {
                throw OpenInferenceError(.parameterInvalid, subject: subject, expected: "few and short names")
            }
            values[key] = try parameter(subject, text)
        }
        return values
    }

    private mutating func parameter(_ subject: String, _ text: Span<UInt8>) throws(OpenInferenceError) -> ParameterValue
    {
        switch peek(text) {
        case UInt8(ascii: "\""):
            let value = try string(text)
            guard value.utf8.count <= InferenceRequest.maximumTextSize else {
                throw OpenInferenceError(.parameterInvalid, subject: subject, expected: "a shorter text")
            }
            return .text(value)
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try bool(text))
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "n"):
            throw OpenInferenceError(
                .parameterInvalid,
                subject: subject,
                expected: "values that are text, a number or a truth value"
            )
        default:
            // The same position twice: a whole number keeps all its digits.
            var again = self
            let number = try number(text)
            guard number.isWhole, !number.isLong, number.digits <= UInt64(Int64.max) else {
                self = again
                return .number(try double(text))
            }
            again = self
            return .integer(number.isNegative ? -Int64(number.digits) : Int64(number.digits))
        }
    }
}
