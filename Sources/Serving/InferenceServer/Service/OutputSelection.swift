import Inference
import InferenceProtocol
import ModelPack
import ModelRuntime

/// The output tensors that a request selects; they are validated before the model runs.
struct OutputSelection {
    /// The output of probabilities, which every model has.
    static let probabilities = "probabilities"

    private enum Source {
        /// The model's output by the first engine that runs.
        case first
        case engine(EngineKind)
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
        let asked = call.outputs.isEmpty ? [InferenceRequest.Output(name: model.outputName)] : call.outputs
        guard asked.count <= 8 else {
            throw OpenInferenceError(
                .tooManyTensors,
                subject: "outputs",
                expected: "at most 8",
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
                classes = count == 0 ? nil : min(Int(clamping: count), model.pack.card.output.classCount)
            }
            let isBinary = output.parameters["binary_data"]?.bool ?? isAllBinary
            items.append(Item(name: output.name, source: source, classes: classes, isBinary: isBinary))
        }
        self.items = items
    }

    /// The names of all outputs of a model, its own output first.
    static func names(of model: ServedModel) -> [String] {
        [model.outputName, probabilities] + model.engineKinds.map { "\(model.outputName).\($0.rawValue)" }
    }

    private static func source(_ name: String, model: ServedModel, kinds: [EngineKind]) -> Source? {
        if name == model.outputName { return .first }
        if name == probabilities { return .probabilities }
        return kinds.first { name == "\(model.outputName).\($0.rawValue)" }.map { .engine($0) }
    }

    /// Takes the selected tensors from a result.
    ///
    /// - Parameter result: The outputs of the requested engines.
    /// - Returns: The tensors in the order of the request.
    func outputs(of result: InferenceResult) -> [InferenceResponse.Output] {
        items.map { item in
            let index: Int
            switch item.source {
            case .first, .probabilities: index = 0
            case .engine(let kind): index = kinds.firstIndex(of: kind) ?? 0
            }
            let output = result.outputs[index]
            let numbers: [Float]
            if case .probabilities = item.source {
                numbers = output.probabilities.flatMap(\.values)
            } else {
                numbers = output.tensor.elements
            }
            guard let count = item.classes else {
                return InferenceResponse.Output(
                    name: item.name,
                    shape: output.tensor.shape,
                    values: .floats(numbers),
                    isBinary: item.isBinary
                )
            }
            return InferenceResponse.Output(
                name: item.name,
                shape: [output.tensor.shape[0], count],
                values: .texts(classes(count, of: numbers)),
                isBinary: item.isBinary
            )
        }
    }

    /// `value:index:label` for the largest numbers of each row (classification extension).
    private func classes(_ count: Int, of numbers: [Float]) -> [String] {
        let width = model.pack.card.output.classCount
        return stride(from: 0, to: numbers.count - width + 1, by: width).flatMap { start in
            let row = numbers[start..<start + width]
            // Sorting all of them is fast, and equal ones stay in the order of their index.
            let best = row.indices.sorted { (row[$0], $1) > (row[$1], $0) }.prefix(count)
            return best.map { "\(row[$0]):\($0 - start):\(model.pack.labels[$0 - start])" }
        }
    }
}

extension ServedModel {
    /// The model's input.
    var inputTensor: TensorDescription { pack.card.input.tensor }
    /// The name of the model's output.
    var outputName: String { pack.card.output.tensor.name }
    /// The model's engines, in the order of its results.
    var engineKinds: [EngineKind] {
        EngineKind.allCases.filter { runtime.configuration.engines.contains($0) }
    }
}
