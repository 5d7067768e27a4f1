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
                    expected: "at most \(InferenceCall.maximumImages) elements"
                )
            }
            content = .strings(
                try InferenceCall.decoded(
                    try Self.strings(raw, input.contents.bytesContents, count: shape.elementCount, subject),
                    isBase64: InferenceCall.isBase64(try input.parameters.values()),
                    subject: subject
                )
            )
        default:
            let bytes = if let raw { [UInt8](raw) } else { try Self.bytes(of: input.contents, datatype, subject) }
            content = .raw(bytes, datatype)
        }
        guard content.count == shape.elementCount else {
            throw OpenInferenceError(
                .dataCountDiffers,
                subject: subject + ".contents",
                expected: "\(shape.elementCount) elements",
                found: "\(content.count)"
            )
        }
        self.init(name: input.name, shape: shape, content: content)
    }

    /// The bytes of the typed contents of a message.
    private static func bytes(
        of contents: Inference_InferTensorContents,
        _ datatype: TensorDatatype,
        _ subject: String
    ) throws(OpenInferenceError) -> [UInt8] {
        let data: TensorData
        switch datatype {
        case .bool: data = .booleans(contents.boolContents)
        case .int8, .int16, .int32: data = .signed(contents.intContents.map { Int64($0) })
        case .int64: data = .signed(contents.int64Contents)
        case .uint8, .uint16, .uint32: data = .unsigned(contents.uintContents.map { UInt64($0) })
        case .uint64: data = .unsigned(contents.uint64Contents)
        case .float64: data = .doubles(contents.fp64Contents)
        case .float16, .bfloat16, .float32, .bytes:
            throw OpenInferenceError(
                .datatypeUnsupported,
                subject: subject + ".contents",
                expected: "raw contents, the only form of this datatype",
                found: datatype.rawValue
            )
        }
        let isHeld =
            switch data {
            case .signed(let values): values.allSatisfy { datatype.holds($0) }
            case .unsigned(let values): values.allSatisfy { datatype.holds($0) }
            default: true
            }
        guard isHeld else {
            throw OpenInferenceError(
                .dataInvalid,
                subject: subject + ".contents",
                expected: "numbers that \(datatype.rawValue) can hold"
            )
        }
        return data.bytes(as: datatype) ?? []
    }

    private static func strings(
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
