import Inference
package import ModelPack

/// The comparison of one output of two engines, other than classes (`CrossCheck`).
package struct OutputComparison: Sendable {
    /// The result of a comparison that passed.
    package struct Report: Sendable, Equatable {
        /// The output's name.
        package let output: String
        /// The largest difference of two numbers; 0 where all elements have to be equal.
        package let difference: Double
        /// The difference that is allowed for every number.
        package let absolute: Double
        /// The share of the larger number that is allowed on top.
        package let relative: Double
    }

    private let output: TensorDescription
    private let kind: ModelCard.OutputPort.Comparison

    package init(_ port: ModelCard.OutputPort) {
        output = port.tensor
        kind = port.comparison
    }

    /// Compares every engine with the first.
    ///
    /// - Parameter engines: The engines' names with their tensors of the output.
    /// - Returns: The largest difference; nil for fewer than two engines, for classes, and for what the card calls
    ///   random.
    /// - Throws: `crosscheck.shapes-differ`, `crosscheck.numbers-differ` or `crosscheck.elements-differ`.
    func compare(_ engines: [(name: String, tensor: Tensor)]) throws(ModelRuntimeError) -> Report? {
        guard engines.count > 1, let first = engines.first else { return nil }
        let tolerance: (absolute: Double, relative: Double)
        switch kind {
        case .probabilities, .random: return nil
        case .equality: tolerance = (0, 0)
        case .numbers(let absolute, let relative): tolerance = (absolute, relative)
        }
        var largest = 0.0
        for other in engines.dropFirst() {
            let subject = "\(first.name), \(other.name): \(output.name)"
            guard first.tensor.shape == other.tensor.shape else {
                throw ModelRuntimeError(
                    .shapesDiffer,
                    subject: subject,
                    expected: "\(first.tensor.shape)",
                    found: "\(other.tensor.shape)"
                )
            }
            guard kind != .equality else {
                guard first.tensor.content == other.tensor.content else {
                    throw ModelRuntimeError(.elementsDiffer, subject: subject, expected: "equal elements")
                }
                continue
            }
            let difference = Self.difference(first.tensor.content, other.tensor.content, tolerance)
            largest = max(largest, difference.largest)
            guard difference.isWithin else {
                throw ModelRuntimeError(
                    .numbersDiffer,
                    subject: subject,
                    expected: "at most \(tolerance.absolute), and \(tolerance.relative) of the number",
                    found: "\(difference.largest)"
                )
            }
        }
        return Report(
            output: output.name,
            difference: largest,
            absolute: tolerance.absolute,
            relative: tolerance.relative
        )
    }

    /// How far two tensors of one shape and type are apart.
    ///
    /// Two NaN are equal, and so are two infinities of one sign; strings are equal or not.
    ///
    /// - Returns: The largest difference, and whether every one is within the tolerance.
    static func difference(
        _ one: TensorElements,
        _ other: TensorElements,
        _ tolerance: (absolute: Double, relative: Double)
    ) -> (largest: Double, isWithin: Bool) {
        if case .strings = one { return one == other ? (0, true) : (.infinity, false) }
        var (largest, isWithin) = (0.0, true)
        for (left, right) in zip(one.numbers, other.numbers) where left != right && !(left.isNaN && right.isNaN) {
            let difference = abs(left - right)
            let allowed = tolerance.absolute + tolerance.relative * max(abs(left), abs(right))
            // A NaN beside a number makes the difference NaN, which is within nothing.
            isWithin = isWithin && difference <= allowed && left.isFinite && right.isFinite
            largest = difference.isNaN ? .infinity : max(largest, difference)
        }
        return (largest, isWithin)
    }
}
