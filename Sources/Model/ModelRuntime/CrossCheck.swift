/// The comparison of two engines' results for the same input.
///
/// Two implementations that share no code agree by accident only: a wrong weight, a miscompiled kernel or a flipped bit
/// in one of them shows as a difference.
package struct CrossCheck: Sendable {
    /// The result of a comparison that passed.
    package struct Report: Sendable, Equatable {
        /// The largest difference of any class's probability.
        package let maximumProbabilityDifference: Float
        /// The largest difference that is allowed.
        package let bound: Float
    }

    /// The largest allowed difference of any class's probability, 0 to 1.
    let bound: Float

    /// Compares every engine with the first.
    ///
    /// - Parameter engines: The engines' names with their probabilities; all have the same number of classes.
    /// - Returns: The largest difference; nil for fewer than two engines.
    /// - Throws: `crosscheck.top-answers-differ` or `crosscheck.probabilities-differ`.
    func compare(_ engines: [(name: String, vector: ProbabilityVector)]) throws(ModelRuntimeError) -> Report? {
        guard engines.count > 1, let first = engines.first else { return nil }
        var largest: Float = 0
        for other in engines.dropFirst() {
            let pair = "\(first.name), \(other.name)"
            guard first.vector.values.count == other.vector.values.count else {
                throw ModelRuntimeError(
                    .engineModelDiffers,
                    subject: pair,
                    expected: "\(first.vector.values.count) classes",
                    found: "\(other.vector.values.count)"
                )
            }
            for (left, right) in zip(first.vector.values, other.vector.values) {
                largest = max(largest, abs(left - right))
            }
            guard first.vector.mostProbableIndex == other.vector.mostProbableIndex else {
                throw ModelRuntimeError(.topAnswersDiffer, subject: pair, expected: "the same first answer")
            }
        }
        guard largest <= bound else {
            throw ModelRuntimeError(
                .probabilitiesDiffer,
                subject: engines.map(\.name).joined(separator: ", "),
                expected: "at most \(bound)",
                found: "\(largest)"
            )
        }
        return Report(maximumProbabilityDifference: largest, bound: bound)
    }
}

extension ProbabilityVector {
    /// The index of the largest probability, the first of equal ones.
    var mostProbableIndex: Int? {
        values.indices.max { values[$0] < values[$1] || (values[$0] == values[$1] && $0 > $1) }
    }
}
