import FoundationEssentials
import InferenceProtocol
import InferenceServer
import OpenInferenceMessages

extension InferenceCall {
    /// Reads a message.
    ///
    /// - Parameter message: The request; the transport limits its size.
    /// - Throws: `oip.…` for everything that REST refuses, too.
    init(_ message: Inference_ModelInferRequest) throws(OpenInferenceError) {
        guard message.inputs.count <= 64, message.outputs.count <= 64 else {
            throw OpenInferenceError(.tooManyTensors, subject: "inputs", expected: "at most 64")
        }
        let raw = message.rawInputContents
        guard raw.isEmpty || raw.count == message.inputs.count else {
            throw OpenInferenceError(
                .dataCountDiffers,
                subject: "raw_input_contents",
                expected: "one for each input, or none",
                found: "\(raw.count)"
            )
        }
        var inputs: [Input] = []
        for (index, input) in message.inputs.enumerated() {
            guard raw.isEmpty || !input.hasContents else {
                throw OpenInferenceError(
                    .dataInvalid,
                    subject: "inputs[\(index)].contents",
                    expected: "contents or raw contents, not both"
                )
            }
            inputs.append(try Input(input, raw: raw.isEmpty ? nil : raw[index], subject: "inputs[\(index)]"))
        }
        var outputs: [InferenceRequest.Output] = []
        for output in message.outputs {
            outputs.append(InferenceRequest.Output(name: output.name, parameters: try output.parameters.values()))
        }
        self.init(
            modelName: message.modelName,
            modelVersion: message.modelVersion.nonEmpty,
            id: message.id.nonEmpty,
            parameters: try message.parameters.values(),
            inputs: inputs,
            outputs: outputs
        )
    }
}

extension InferenceCall.Input {
    fileprivate init(
        _ input: Inference_ModelInferRequest.InferInputTensor,
        raw: Data?,
        subject: String
    ) throws(OpenInferenceError) {
        guard let datatype = TensorDatatype(rawValue: input.datatype) else {
            throw OpenInferenceError(
                .datatypeUnknown,
                subject: subject + ".datatype",
                expected: TensorDatatype.allCases.map(\.rawValue).joined(separator: ", ")
            )
        }
        let shape = try TensorShape(input.shape.map { Int($0) }, subject: subject + ".shape")
        if let width = datatype.byteWidth, let raw, raw.count != shape.elementCount * width {
            throw OpenInferenceError(
                .binarySizeDiffers,
                subject: subject,
                expected: "\(shape.elementCount * width) bytes for the shape",
                found: "\(raw.count)"
            )
        }
        let content: Content
        switch datatype {
        case .float32:
            content = .floats(raw.map { BinaryTensor.floats($0.span) } ?? input.contents.fp32Contents)
        case .bytes:
            guard shape.elementCount <= InferenceCall.maximumImages else {
                throw OpenInferenceError(
                    .shapeInvalid,
                    subject: subject + ".shape",
                    expected: "at most \(InferenceCall.maximumImages) images"
                )
            }
            content = .images(
                try InferenceCall.images(
                    try Self.images(raw, input.contents.bytesContents, count: shape.elementCount, subject),
                    isBase64: InferenceCall.isBase64(try input.parameters.values()),
                    subject: subject
                )
            )
        default: content = .other(datatype)
        }
        let count: Int
        switch content {
        case .floats(let numbers): count = numbers.count
        case .images(let images): count = images.count
        case .other: count = shape.elementCount
        }
        guard count == shape.elementCount else {
            throw OpenInferenceError(
                .dataCountDiffers,
                subject: subject + ".contents",
                expected: "\(shape.elementCount) elements",
                found: "\(count)"
            )
        }
        self.init(name: input.name, shape: shape, content: content)
    }

    private static func images(
        _ raw: Data?,
        _ contents: [Data],
        count: Int,
        _ subject: String
    ) throws(OpenInferenceError) -> [Data] {
        guard let raw else { return contents }
        return try BinaryTensor.elements(raw.span, count: count, subject: subject).map { place in
            // A slice of the same bytes, without a copy.
            raw[(raw.startIndex + place.lowerBound)..<(raw.startIndex + place.upperBound)]
        }
    }
}

extension [String: Inference_InferParameter] {
    /// The parameters in the protocol's own types, without those that have no value.
    fileprivate func values() throws(OpenInferenceError) -> [String: ParameterValue] {
        guard count <= 64 else {
            throw OpenInferenceError(.parameterInvalid, subject: "parameters", expected: "at most 64")
        }
        return compactMapValues { parameter in
            switch parameter.parameterChoice {
            case .boolParam(let value): .bool(value)
            case .int64Param(let value): .integer(value)
            case .uint64Param(let value): .integer(Int64(clamping: value))
            case .doubleParam(let value): .number(value)
            case .stringParam(let value): .text(value)
            case nil: nil
            }
        }
    }
}
