import Foundation
import Inference
import InferenceProtocol
import ModelPack
import ModelRuntime

/// The inputs of a request as the model's card names them: images for the one that images fill, and tensors.
struct RequestInputs {
    /// The images; nil where a tensor fills that input, and for a model that takes none.
    let images: [EncodedImage]?
    /// The other inputs.
    let tensors: TensorBatch

    /// Checks a request against the card, before memory is taken for a run.
    ///
    /// - Throws: `oip.tensor-unknown`, `oip.field-missing`, `oip.datatype-unsupported`, `oip.shape-invalid` or
    ///   `oip.data-invalid`, with the input's place in the request and what the model takes.
    init(_ call: InferenceCall, model: ServedModel) throws(OpenInferenceError) {
        let ports = model.pack.card.inputs
        let names = ports.map { "\"\($0.tensor.name)\"" }.joined(separator: ", ")
        let expected = ports.count == 1 ? "the model's one input, \(names)" : "the model's inputs: \(names)"
        guard call.inputs.count <= ports.count else {
            throw OpenInferenceError(
                .tensorUnknown,
                subject: "inputs",
                expected: expected,
                found: "\(call.inputs.count) inputs"
            )
        }
        var images: [EncodedImage]?
        var tensors: [Tensor] = []
        var seen: Set<String> = []
        for (index, input) in call.inputs.enumerated() {
            let subject = "inputs[\(index)]"
            guard let port = ports.first(where: { $0.tensor.name == input.name }), seen.insert(input.name).inserted
            else {
                let found = seen.contains(input.name) ? "one of them twice" : "another name"
                throw OpenInferenceError(.tensorUnknown, subject: subject + ".name", expected: expected, found: found)
            }
            if port.preprocessing != nil, case .strings(let encoded) = input.content {
                images = try Self.images(encoded, sizes: input.shape.sizes, subject: subject)
            } else {
                tensors.append(try Self.tensor(input, port: port, subject: subject))
            }
        }
        for port in ports where port.filler == nil && !seen.contains(port.tensor.name) {
            throw OpenInferenceError(
                .fieldMissing,
                subject: "inputs",
                expected: "also \"\(port.tensor.name)\", \(Self.text(port.tensor))"
            )
        }
        self.images = images
        self.tensors = TensorBatch(tensors)
    }

    private static func images(
        _ encoded: [any ContiguousBytes & Sendable],
        sizes: [Int],
        subject: String
    ) throws(OpenInferenceError) -> [EncodedImage] {
        guard sizes.count == 1 || sizes.count == 2 && sizes[1] == 1 else {
            throw shapeInvalid(subject, "[-1] or [-1, 1]", sizes)
        }
        for (index, image) in encoded.enumerated() {
            guard let format = EncodedText.imageFormat(of: image) else { continue }
            throw OpenInferenceError(
                .dataInvalid,
                subject: "\(subject).data[\(index)]",
                expected: "an image's own bytes, or its base64 beside "
                    + #""parameters": {"content_type": "base64"} of the input"#,
                found: "base64 of a \(format) without that parameter"
            )
        }
        return encoded.map { EncodedImage(bytes: $0) }
    }

    private static func tensor(
        _ input: InferenceCall.Input,
        port: ModelCard.InputPort,
        subject: String
    ) throws(OpenInferenceError) -> Tensor {
        let expected = port.tensor
        guard input.content.datatype.rawValue == expected.dataType.rawValue else {
            throw OpenInferenceError(
                .datatypeUnsupported,
                subject: subject + ".datatype",
                expected: expected.dataType.rawValue + (port.preprocessing == nil ? "" : ", or BYTES for images"),
                found: input.content.datatype.rawValue
            )
        }
        let sizes = input.shape.sizes
        guard expected.fits(sizes) else { throw shapeInvalid(subject, "\(expected.shape)", sizes) }
        let elements: TensorElements
        switch input.content {
        case .floats(let floats): elements = .floats(floats)
        case .raw(let bytes, _): elements = .raw(bytes, expected.dataType)
        case .strings(let strings):
            // The bytes are copied within the call.
            elements = .strings(strings.map { string in unsafe string.withUnsafeBytes { unsafe Array($0) } })
        }
        try check(elements, subject: subject + ".data")
        return Tensor(name: expected.name, shape: sizes, content: elements)
    }

    private static func check(_ elements: TensorElements, subject: String) throws(OpenInferenceError) {
        // A number that is none gives answers that are none, in every engine another.
        if let found = elements.firstNotFinite {
            throw OpenInferenceError(
                .dataInvalid,
                subject: subject,
                expected: "finite numbers",
                found: found.number.isNaN ? "NaN as element \(found.index)" : "infinity as element \(found.index)"
            )
        }
        guard elements.hasValidBooleans else {
            throw OpenInferenceError(.dataInvalid, subject: subject, expected: "bytes 0 and 1", found: "another byte")
        }
        if case .strings(let strings) = elements, let index = strings.firstIndex(where: { $0.contains(0) }) {
            throw OpenInferenceError(
                .dataInvalid,
                subject: "\(subject)[\(index)]",
                expected: "a string without a zero byte, at which the engine would cut it"
            )
        }
    }

    private static func shapeInvalid(_ subject: String, _ expected: String, _ found: [Int]) -> OpenInferenceError {
        OpenInferenceError(.shapeInvalid, subject: subject + ".shape", expected: expected, found: "\(found)")
    }

    private static func text(_ tensor: TensorDescription) -> String {
        "\(tensor.dataType.rawValue) \(tensor.shape)"
    }
}
