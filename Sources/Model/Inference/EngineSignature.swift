/// A model's inputs and outputs, to validate tensors against them.
package struct EngineSignature: Sendable, Equatable {
    /// The inputs, in the model's order.
    package let inputs: [TensorDescription]
    /// The outputs, in the model's order.
    package let outputs: [TensorDescription]

    /// Refuses a model that an engine cannot serve.
    ///
    /// - Throws: `engine.data-type-unsupported` where a tensor is not float32, and `engine.model-invalid` where there
    ///   is no input or no output, two have one name, or one has no dimension for the batch.
    package init(inputs: [TensorDescription], outputs: [TensorDescription]) throws(EngineError) {
        for (side, tensors) in [("inputs", inputs), ("outputs", outputs)] {
            guard !tensors.isEmpty else { throw EngineError(.modelInvalid, subject: side, expected: "at least one") }
            guard Set(tensors.map(\.name)).count == tensors.count else {
                throw EngineError(.modelInvalid, subject: side, expected: "a name each")
            }
            for tensor in tensors { try Self.check(tensor) }
        }
        self.inputs = inputs
        self.outputs = outputs
    }

    /// Sorts a batch's tensors into the model's order.
    ///
    /// - Returns: One tensor for each input. Their first dimensions are all the same, and at least 1.
    /// - Throws: `engine.shape-mismatch` with the name of a tensor that is missing, unknown, given twice or of another
    ///   shape.
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
            try Self.check(tensor.shape, against: description, batchSize: arranged.first?.shape.first)
            guard tensor.shape.allSatisfy({ $0 >= 1 }) else {
                throw EngineError(
                    .shapeMismatch,
                    subject: tensor.name,
                    expected: "sizes of at least 1",
                    found: Self.text(tensor.shape)
                )
            }
            arranged.append(tensor)
        }
        if let unknown = given.keys.min() {
            throw EngineError(.shapeMismatch, subject: unknown, expected: "no such tensor", found: "a tensor")
        }
        return arranged
    }

    /// Checks the shape of an output.
    ///
    /// - Parameters:
    ///   - shape: The output's shape; no size is negative.
    ///   - index: The output's index.
    ///   - batchSize: The first dimension of the inputs.
    /// - Throws: `engine.shape-mismatch` with the output's name.
    package func check(_ shape: [Int], ofOutput index: Int, batchSize: Int) throws(EngineError) {
        try Self.check(shape, against: outputs[index], batchSize: batchSize)
    }

    private static func check(_ tensor: TensorDescription) throws(EngineError) {
        guard tensor.dataType == .float32 else {
            throw EngineError(
                .dataTypeUnsupported,
                subject: tensor.name,
                expected: DataType.float32.rawValue,
                found: tensor.dataType.rawValue
            )
        }
        guard !tensor.shape.isEmpty else {
            throw EngineError(
                .modelInvalid,
                subject: tensor.name,
                expected: "a first dimension for the batch",
                found: "a scalar"
            )
        }
    }

    private static func check(
        _ shape: [Int],
        against description: TensorDescription,
        batchSize: Int?
    ) throws(EngineError) {
        var expected = description.shape
        if let batchSize, expected[0] == TensorDescription.anySize { expected[0] = batchSize }
        let isFitting =
            shape.count == expected.count
            && zip(shape, expected).allSatisfy { $0 == $1 || $1 == TensorDescription.anySize }
            && (batchSize == nil || shape.first == batchSize)
        guard isFitting else {
            throw EngineError(
                .shapeMismatch,
                subject: description.name,
                expected: text(expected),
                found: text(shape)
            )
        }
    }

    private static func text(_ shape: [Int]) -> String {
        "[" + shape.map { $0 == TensorDescription.anySize ? "any" : String($0) }.joined(separator: ", ") + "]"
    }
}
