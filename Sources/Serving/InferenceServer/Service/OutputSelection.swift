import Inference
import InferenceProtocol
import ModelPack
import ModelRuntime

/// The output tensors that a request selects; they are validated before the model runs.
struct OutputSelection {
    /// The output of probabilities, which every model with classes has.
    static let probabilities = "probabilities"
    /// The fewest outputs that a request may ask for, of a model that has fewer.
    private static let fewestOutputs = 8

    private enum Source {
        /// An output of the model by the first engine that runs.
        case first(output: Int)
        case engine(EngineKind, output: Int)
        case probabilities
    }

    private struct Item {
        let name: String
        let source: Source
        /// How many of the largest classes to return in place of all numbers.
        let classes: Int?
        let isBinary: Bool
    }

    private let items: [Item]
    private let model: ServedModel
    private let kinds: [EngineKind]

    /// Selects outputs.
    ///
    /// - Parameters:
    ///   - call: The request.
    ///   - engines: The requested engines; nil for all.
    ///   - model: The model.
    /// - Throws: `oip.tensor-unknown` for an unknown output, `oip.parameter-invalid`, `oip.too-many-tensors`.
    init(_ call: InferenceCall, engines: Set<EngineKind>?, model: ServedModel) throws(OpenInferenceError) {
        self.model = model
        kinds = model.engineKinds.filter { engines?.contains($0) ?? true }
        let isAllBinary = call.parameters["binary_data_output"]?.bool ?? false
        let all = model.pack.card.outputs.map { InferenceRequest.Output(name: $0.tensor.name) }
        let asked = call.outputs.isEmpty ? all : call.outputs
        let limit = max(Self.fewestOutputs, Self.names(of: model).count)
        guard asked.count <= limit else {
            throw OpenInferenceError(
                .tooManyTensors,
                subject: "outputs",
                expected: "at most \(limit)",
                found: "\(asked.count)"
            )
        }
        var items: [Item] = []
        for (index, output) in asked.enumerated() {
            let subject = "outputs[\(index)]"
            guard let source = Self.source(output.name, model: model, kinds: kinds) else {
                throw OpenInferenceError(
                    .tensorUnknown,
                    subject: subject + ".name",
                    expected: Self.names(of: model).joined(separator: ", ")
                )
            }
            var classes: Int?
            if let value = output.parameters["classification"] {
                guard let count = value.integer, count >= 0 else {
                    throw OpenInferenceError(
                        .parameterInvalid,
                        subject: subject + ".parameters.classification",
                        expected: "how many classes to name"
                    )
                }
                guard count == 0 || Self.isClasses(source, of: model) else {
                    throw OpenInferenceError(
                        .parameterInvalid,
                        subject: subject + ".parameters.classification",
                        expected: "an output with classes; this one has none"
                    )
                }
                classes = count == 0 ? nil : min(Int(clamping: count), model.pack.labels.count)
            }
            let isBinary = output.parameters["binary_data"]?.bool ?? isAllBinary
            items.append(Item(name: output.name, source: source, classes: classes, isBinary: isBinary))
        }
        self.items = items
    }

    /// The names of all outputs of a model, its own outputs first.
    static func names(of model: ServedModel) -> [String] {
        let own = model.pack.card.outputs.map(\.tensor.name)
        let further = model.pack.card.classOutput == nil ? [] : [probabilities]
        return own + further + own.flatMap { name in model.engineKinds.map { "\(name).\($0.rawValue)" } }
    }

    private static func source(_ name: String, model: ServedModel, kinds: [EngineKind]) -> Source? {
        let own = model.pack.card.outputs.map(\.tensor.name)
        if let index = own.firstIndex(of: name) { return .first(output: index) }
        if name == probabilities, model.pack.card.classOutput != nil { return .probabilities }
        for (index, output) in own.enumerated() {
            if let kind = kinds.first(where: { name == "\(output).\($0.rawValue)" }) {
                return .engine(kind, output: index)
            }
        }
        return nil
    }

    private static func isClasses(_ source: Source, of model: ServedModel) -> Bool {
        switch source {
        case .probabilities: true
        case .first(let output), .engine(_, let output): output == model.pack.card.classOutput?.index
        }
    }

    /// Takes the selected tensors from a result.
    ///
    /// - Parameter result: The outputs of the requested engines.
    /// - Returns: The tensors in the order of the request.
    func outputs(of result: InferenceResult) -> [InferenceResponse.Output] {
        items.map { item in
            let tensor: Tensor
            switch item.source {
            case .first(let index): tensor = result.outputs[0].tensors[index]
            case .engine(let kind, let index):
                tensor = result.outputs[kinds.firstIndex(of: kind) ?? 0].tensors[index]
            case .probabilities:
                let scores = result.outputs[0].tensors[model.pack.card.classOutput?.index ?? 0]
                let numbers = result.outputs[0].probabilities.flatMap(\.values)
                tensor = Tensor(name: item.name, shape: scores.shape, elements: numbers)
            }
            guard let count = item.classes else {
                return InferenceResponse.Output(
                    name: item.name,
                    shape: tensor.shape,
                    values: tensor.content.values,
                    isBinary: item.isBinary
                )
            }
            return InferenceResponse.Output(
                name: item.name,
                shape: [tensor.shape[0], count],
                values: .texts(classes(count, of: tensor.elements)),
                isBinary: item.isBinary
            )
        }
    }

    /// `value:index:label` for the largest numbers of each row (classification extension).
    private func classes(_ count: Int, of numbers: [Float]) -> [String] {
        let width = model.pack.labels.count
        return stride(from: 0, to: numbers.count - width + 1, by: width).flatMap { start in
            let row = numbers[start..<start + width]
            // Sorting all of them is fast, and equal ones stay in the order of their index.
            let best = row.indices.sorted { (row[$0], $1) > (row[$1], $0) }.prefix(count)
            return best.map { "\(row[$0]):\($0 - start):\(model.pack.labels[$0 - start])" }
        }
    }
}

extension TensorElements {
    /// The elements as the protocol's.
    fileprivate var values: InferenceResponse.Output.Values {
        switch self {
        case .floats(let floats): .floats(floats)
        case .raw(let bytes, let type): .raw(bytes, type)
        case .strings(let strings): .strings(strings)
        }
    }
}

extension ServedModel {
    /// The input that a body without JSON is; nil where it cannot be told.
    ///
    /// - Parameter isImage: Whether the body is an image.
    /// - Returns: The input that images fill, or the model's only one.
    func bodyInput(isImage: Bool) -> TensorDescription? {
        let card = pack.card
        guard !isImage else { return card.imageInput?.tensor }
        return card.inputs.count == 1 ? card.inputs[0].tensor : nil
    }

    /// The model's engines, in the order of its results.
    var engineKinds: [EngineKind] { runtime.engineKinds }
}
