import Inference
import InferenceProtocol
import ModelPack

/// Puts a request's tensors into the card's order, and refuses what the card does not allow.
///
/// No error repeats a client's words: a name that is not the model's may be anything.
struct InputArrangement {
    /// A request's inputs.
    struct Arranged {
        /// One for each input of the card; nil for the one that images fill.
        let tensors: [Tensor?]
        /// The size of the first axis; 1 for scalars.
        let rows: Int
        /// What has to agree for requests to run together: the sizes after the batch of each input whose sizes vary.
        let shapes: [[Int]]
    }

    let card: ModelCard
    /// The most elements of an input.
    let maximumElements: Int

    /// - Parameters:
    ///   - batch: The tensors by their names.
    ///   - images: How many images fill the image input; nil where a tensor does.
    /// - Returns: The inputs, with those that the card fills.
    /// - Throws: `runtime.tensor-mismatch` or `runtime.tensor-too-large`.
    func arrange(_ batch: TensorBatch, images: Int?) throws(ModelRuntimeError) -> Arranged {
        var given: [String: Tensor] = [:]
        for tensor in batch.tensors where given.updateValue(tensor, forKey: tensor.name) != nil {
            throw mismatch(found: "one of them twice")
        }
        let imageIndex = images == nil ? nil : card.imageInput?.index
        var rows = images
        for (index, port) in card.inputs.enumerated() where index != imageIndex {
            guard let tensor = given[port.tensor.name] else {
                guard port.filler == nil else { continue }
                throw mismatch(found: "\(batch.tensors.map(\.shape)), none of them \"\(port.tensor.name)\"")
            }
            try check(tensor, against: port)
            guard card.batching.isBatched else { continue }
            let own = tensor.shape.first ?? 1
            guard own == rows ?? own else {
                throw mismatch(found: "\(rows ?? 0) and \(own) rows, which have to be as many in every input")
            }
            rows = own
        }
        guard given.count == card.inputs.count(where: { given[$0.tensor.name] != nil }),
            imageIndex.map({ given[card.inputs[$0].tensor.name] == nil }) ?? true
        else { throw mismatch(found: "\(batch.tensors.map(\.shape)), and one that is not among them") }
        try checkAxes(given)
        let tensors = card.inputs.enumerated().map { index, port -> Tensor? in
            index == imageIndex ? nil : given[port.tensor.name] ?? filled(port, rows: rows ?? 1)
        }
        return Arranged(tensors: tensors, rows: rows ?? 1, shapes: shapes(of: tensors))
    }

    private func shapes(of tensors: [Tensor?]) -> [[Int]] {
        guard card.batching.isBatched else { return [] }
        return zip(card.inputs, tensors).compactMap { port, tensor in
            let isOpen = port.tensor.shape.dropFirst().contains(TensorDescription.anySize)
            return isOpen ? tensor.map { Array($0.shape.dropFirst()) } : nil
        }
    }

    private func check(_ tensor: Tensor, against port: ModelCard.InputPort) throws(ModelRuntimeError) {
        let description = port.tensor
        guard tensor.dataType == description.dataType, description.fits(tensor.shape),
            tensor.shape.allSatisfy({ $0 >= 1 })
        else {
            throw mismatch(found: "\(tensor.dataType.rawValue) \(tensor.shape) as \"\(description.name)\"")
        }
        for (axis, bound) in port.bounds.enumerated() {
            guard let bound, !bound.contains(tensor.shape[axis]) else { continue }
            throw ModelRuntimeError(
                .tensorTooLarge,
                subject: "\(description.name), axis \(axis)",
                expected: "\(bound.lowerBound) to \(bound.upperBound)",
                found: "\(tensor.shape[axis])"
            )
        }
        guard tensor.content.count <= maximumElements else {
            throw ModelRuntimeError(
                .tensorTooLarge,
                subject: description.name,
                expected: "at most \(maximumElements) elements",
                found: "\(tensor.content.count)"
            )
        }
    }

    /// Axes of one name have one size.
    private func checkAxes(_ given: [String: Tensor]) throws(ModelRuntimeError) {
        var sizes: [String: Int] = [:]
        for port in card.inputs {
            guard let shape = given[port.tensor.name]?.shape else { continue }
            for (name, size) in zip(port.axes, shape) {
                guard let name else { continue }
                guard sizes[name, default: size] == size else {
                    throw mismatch(found: "\(sizes[name] ?? 0) and \(size) as the size of the axes \"\(name)\"")
                }
                sizes[name] = size
            }
        }
    }

    private func filled(_ port: ModelCard.InputPort, rows: Int) -> Tensor {
        let shape = card.batching.isBatched ? [rows] + port.tensor.shape.dropFirst() : port.tensor.shape
        let numbers = [Double](repeating: port.filler ?? 0, count: shape.reduce(1, *))
        // The card was refused unless its type can hold the number.
        let content = TensorElements(numbers, as: port.tensor.dataType) ?? .floats(numbers.map { Float($0) })
        return Tensor(name: port.tensor.name, shape: shape, content: content)
    }

    private func mismatch(found: String) -> ModelRuntimeError {
        let expected = card.inputs.map { "\($0.tensor.name) \($0.tensor.dataType.rawValue) \($0.tensor.shape)" }
        return ModelRuntimeError(
            .tensorMismatch,
            subject: "inputs",
            expected: expected.joined(separator: ", "),
            found: found
        )
    }
}
