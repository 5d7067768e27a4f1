package import InferenceProtocol

/// A model's inputs and outputs, to validate tensors against them.
package struct EngineSignature: Sendable, Equatable {
    /// The inputs, in the model's order.
    package let inputs: [TensorDescription]
    /// The outputs, in the model's order.
    package let outputs: [TensorDescription]
    /// Whether the first dimension of every tensor is the batch, and so of one size in a run.
    package let isBatched: Bool

    /// Refuses a model that an engine cannot serve.
    ///
    /// - Throws: `engine.data-type-unsupported` where a tensor has a type that the engine does not take, and
    ///   `engine.model-invalid` where there is no input or no output, two have one name, or one has no dimension for
    ///   the batch.
    package init(
        inputs: [TensorDescription],
        outputs: [TensorDescription],
        isBatched: Bool = true,
        types: [TensorDatatype] = TensorDatatype.allCases
    ) throws(EngineError) {
        for (side, tensors) in [("inputs", inputs), ("outputs", outputs)] {
            guard !tensors.isEmpty else { throw EngineError(.modelInvalid, subject: side, expected: "at least one") }
            guard Set(tensors.map(\.name)).count == tensors.count else {
                throw EngineError(.modelInvalid, subject: side, expected: "a name each")
            }
            for tensor in tensors { try Self.check(tensor, isBatched: isBatched, types: types) }
        }
        self.inputs = inputs
        self.outputs = outputs
        self.isBatched = isBatched
    }

    /// Sorts a batch's tensors into the model's order.
    ///
    /// - Returns: One tensor for each input. Where the model is batched, their first dimensions are all the same.
    /// - Throws: `engine.shape-mismatch` with the name of a tensor that is missing, unknown, given twice or of another
    ///   shape, and `engine.data-type-unsupported` for one of another type.
    package func arrange(_ batch: TensorBatch) throws(EngineError) -> [Tensor] {
        var given: [String: Tensor] = [:]
        for tensor in batch.tensors where given.updateValue(tensor, forKey: tensor.name) != nil {
            throw EngineError(.shapeMismatch, subject: tensor.name, expected: "one tensor", found: "two")
        }
        var arranged: [Tensor] = []
        for description in inputs {
            guard let tensor = given.removeValue(forKey: description.name) else {
                throw EngineError(.shapeMismatch, subject: description.name, expected: "a tensor", found: "none")
            }
            try check(tensor.shape, against: description, batchSize: arranged.first?.shape.first)
            try Self.check(tensor.dataType, against: description)
            guard tensor.shape.allSatisfy({ $0 >= 1 }) else {
                throw EngineError(
                    .shapeMismatch,
                    subject: tensor.name,
                    expected: "sizes of at least 1",
                    found: TensorDescription.text(tensor.shape)
                )
            }
            arranged.append(tensor)
        }
        if let unknown = given.keys.min() {
            throw EngineError(.shapeMismatch, subject: unknown, expected: "no such tensor", found: "a tensor")
        }
        return arranged
    }

    /// Checks the shape and the type of an output.
    ///
    /// - Parameters:
    ///   - shape: The output's shape; no size is negative.
    ///   - type: The output's type; nil for one that is not supported.
    ///   - index: The output's index.
    ///   - batchSize: The first dimension of the inputs; nil for a scalar.
    /// - Returns: The type.
    /// - Throws: `engine.shape-mismatch` or `engine.data-type-unsupported` with the output's name.
    package func check(
        _ shape: [Int],
        _ type: TensorDatatype?,
        ofOutput index: Int,
        batchSize: Int?
    ) throws(EngineError) -> TensorDatatype {
        let description = outputs[index]
        try Self.check(type, against: description)
        try check(shape, against: description, batchSize: batchSize)
        return description.dataType
    }

    private static func check(
        _ tensor: TensorDescription,
        isBatched: Bool,
        types: [TensorDatatype]
    ) throws(EngineError) {
        guard types.contains(tensor.dataType) else {
            throw EngineError(
                .dataTypeUnsupported,
                subject: tensor.name,
                expected: types.map(\.rawValue).joined(separator: ", "),
                found: tensor.dataType.rawValue
            )
        }
        guard !isBatched || !tensor.shape.isEmpty else {
            throw EngineError(
                .modelInvalid,
                subject: tensor.name,
                expected: "a first dimension for the batch",
                found: "a scalar"
            )
        }
    }

    private static func check(_ type: TensorDatatype?, against description: TensorDescription) throws(EngineError) {
        guard type == description.dataType else {
            throw EngineError(
                .dataTypeUnsupported,
                subject: description.name,
                expected: description.dataType.rawValue,
                found: type?.rawValue ?? "a type that no client can read"
            )
        }
    }

    private func check(
        _ shape: [Int],
        against description: TensorDescription,
        batchSize: Int?
    ) throws(EngineError) {
        var expected = description.shape
        let batchSize = isBatched ? batchSize : nil
        if let batchSize, expected[0] == TensorDescription.anySize { expected[0] = batchSize }
        let described = TensorDescription(name: description.name, dataType: description.dataType, shape: expected)
        guard described.fits(shape), batchSize == nil || shape.first == batchSize else {
            throw EngineError(
                .shapeMismatch,
                subject: description.name,
                expected: TensorDescription.text(expected),
                found: TensorDescription.text(shape)
            )
        }
    }
}
