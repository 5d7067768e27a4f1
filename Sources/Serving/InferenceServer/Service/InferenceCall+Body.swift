package import Foundation
import Inference
package import InferenceProtocol
import NIOCore
import NIOFoundationEssentialsCompat

extension InferenceCall {
    /// Parses the body of a REST request.
    ///
    /// Strings stay slices of the body; numbers are copied once, into the array for the engines.
    ///
    /// - Parameters:
    ///   - body: The whole body.
    ///   - head: What the request header states about it.
    ///   - modelName: The model's name.
    ///   - modelVersion: Its version, if the path has one.
    ///   - input: The model's input, for a body that is the input alone; nil where the model has several.
    /// - Throws: `oip.…`.
    init(
        _ body: ByteBuffer,
        head: RequestBodyKind,
        modelName: String,
        modelVersion: String?,
        input: TensorDescription?
    ) throws(OpenInferenceError) {
        guard head.headerLength != 0, !head.isImage else {
            self.init(
                modelName: modelName,
                modelVersion: modelVersion,
                id: nil,
                parameters: [:],
                inputs: [try Input(raw: body, isImage: head.isImage, input: input)],
                outputs: []
            )
            return
        }
        let request = try InferenceRequest(body.readableBytesUInt8Span, headerLength: head.headerLength)
        var inputs: [Input] = []
        for (index, input) in request.inputs.enumerated() {
            inputs.append(try Input(input, of: body, subject: "inputs[\(index)].data"))
        }
        self.init(
            modelName: modelName,
            modelVersion: modelVersion,
            id: request.id,
            parameters: request.parameters,
            inputs: inputs,
            outputs: request.outputs
        )
    }
}

extension InferenceCall.Input {
    /// Takes a body as the only input, without JSON around it.
    fileprivate init(raw body: ByteBuffer, isImage: Bool, input: TensorDescription?) throws(OpenInferenceError) {
        let subject = "the body"
        guard let input else {
            throw OpenInferenceError(
                .tensorUnknown,
                subject: subject,
                expected: isImage ? "tensors: the model takes no image" : "JSON: the model has several inputs"
            )
        }
        guard !isImage else {
            let shape = try TensorShape([1], subject: subject)
            self.init(name: input.name, shape: shape, content: .strings([body.readableBytesView]))
            return
        }
        guard let width = input.dataType.byteWidth,
            !input.shape.dropFirst().contains(TensorDescription.anySize)
        else {
            throw OpenInferenceError(
                .binarySizeDiffers,
                subject: subject,
                expected: "JSON: the input's sizes vary, so that a body alone does not tell its shape"
            )
        }
        let row = width * input.shape.dropFirst().reduce(1, *)
        let rows = body.readableBytes / row
        let isWhole = body.readableBytes > 0 && body.readableBytes.isMultiple(of: row)
        guard isWhole, input.shape.first.map({ $0 == TensorDescription.anySize || $0 == rows }) ?? (rows == 1) else {
            throw OpenInferenceError(
                .binarySizeDiffers,
                subject: subject,
                expected: "a multiple of \(row) bytes, or an image with its content type",
                found: "\(body.readableBytes)"
            )
        }
        let sizes = input.shape.isEmpty ? [] : [rows] + input.shape.dropFirst()
        self.init(
            name: input.name,
            shape: try TensorShape(sizes, subject: subject),
            content: Self.numbers(body.readableBytesUInt8Span, input.dataType)
        )
    }

    fileprivate init(
        _ input: InferenceRequest.Input,
        of body: ByteBuffer,
        subject: String
    ) throws(OpenInferenceError) {
        let content: Content
        switch (input.datatype, input.data) {
        case (.bytes, .binary(let range)):
            guard input.shape.elementCount <= InferenceCall.maximumImages else { throw Self.tooMany(subject) }
            let bytes = body.readableBytesUInt8Span.extracting(range)
            let places = try BinaryTensor.elements(bytes, count: input.shape.elementCount, subject: subject)
            let slices = places.compactMap { place in
                let start = body.readerIndex + range.lowerBound + place.lowerBound
                return body.getSlice(at: start, length: place.count)?.readableBytesView
            }
            content = .strings(
                try InferenceCall.decoded(slices, isBase64: InferenceCall.isBase64(input.parameters), subject: subject)
            )
        case (.bytes, .texts(let texts)):
            guard texts.count <= InferenceCall.maximumImages else { throw Self.tooMany(subject) }
            content = .strings(
                try InferenceCall.decoded(texts, isBase64: InferenceCall.isBase64(input.parameters), subject: subject)
            )
        case (_, .floats(let numbers)): content = .floats(numbers)
        case (let datatype, .binary(let range)):
            content = Self.numbers(body.readableBytesUInt8Span.extracting(range), datatype)
        case (let datatype, let data): content = .raw(data.bytes(as: datatype) ?? [], datatype)
        }
        self.init(name: input.name, shape: input.shape, content: content)
    }

    /// Copies the bytes of a type of a fixed width.
    private static func numbers(_ bytes: Span<UInt8>, _ datatype: TensorDatatype) -> Content {
        guard datatype != .float32 else { return .floats(BinaryTensor.floats(bytes)) }
        // Safe: the bytes are copied within the call.
        return .raw(unsafe bytes.withUnsafeBytes { unsafe Array($0) }, datatype)
    }

    private static func tooMany(_ subject: String) -> OpenInferenceError {
        OpenInferenceError(.shapeInvalid, subject: subject, expected: "at most \(InferenceCall.maximumImages) elements")
    }
}

extension InferenceCall {
    /// More elements of `BYTES` than any batch has; further ones are refused.
    package static let maximumImages = 1024

    /// Whether an input's parameters say that its elements are base64, as bytes in JSON, which has no type for them, are.
    ///
    /// - Parameter parameters: The input's.
    /// - Returns: Whether `content_type` is `base64`.
    package static func isBase64(_ parameters: [String: ParameterValue]) -> Bool {
        parameters["content_type"]?.text == "base64"
    }

    /// The elements of an input, decoded where they are base64.
    ///
    /// - Parameters:
    ///   - elements: What the client sent.
    ///   - isBase64: Whether it is base64.
    ///   - subject: The field, for the error.
    /// - Returns: The elements' bytes.
    /// - Throws: `oip.data-invalid` for what is no base64.
    package static func decoded(
        _ elements: [some ContiguousBytes & Sendable],
        isBase64: Bool,
        subject: String
    ) throws(OpenInferenceError) -> [any ContiguousBytes & Sendable] {
        guard isBase64 else { return elements }
        var decoded: [any ContiguousBytes & Sendable] = []
        for element in elements {
            // The bytes are copied within the call.
            let text = unsafe element.withUnsafeBytes { unsafe Data($0) }
            guard let bytes = Data(base64Encoded: text) else {
                throw OpenInferenceError(.dataInvalid, subject: subject, expected: "base64 (RFC 4648, section 4)")
            }
            decoded.append(bytes)
        }
        return decoded
    }
}
