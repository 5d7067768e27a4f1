import Foundation
import ModelPack

/// The probabilities of the classes for one row of a model's output.
package struct ProbabilityVector: Sendable, Equatable {
    /// One probability a class, 0 to 1, by index.
    package let values: [Float]

    /// Applies the activation to a model's output.
    ///
    /// The sum is computed in double precision, so the result does not depend on the order of a vectorised sum.
    ///
    /// - Parameters:
    ///   - output: One number a class.
    ///   - activation: The activation of the card.
    ///   - engine: The engine's name, for the error.
    /// - Throws: `crosscheck.not-finite` where an output is infinite or not a number.
    init(
        output: some Collection<Float>,
        activation: ModelCard.OutputPort.Activation,
        engine: String
    ) throws(ModelRuntimeError) {
        guard let largest = output.max(), output.allSatisfy(\.isFinite) else {
            throw ModelRuntimeError(.notFinite, subject: engine, expected: "finite numbers")
        }
        switch activation {
        case .none:
            values = Array(output)
        case .softmax:
            let powers = output.map { exp(Double($0 - largest)) }
            let sum = powers.reduce(0, +)
            values = powers.map { Float($0 / sum) }
        }
    }

    /// The most probable classes; equal ones in the order of their index.
    ///
    /// - Parameter count: How many at the most.
    /// - Returns: At most `count` classes by their index, most probable first.
    package func top(_ count: Int) -> [(index: Int, probability: Float)] {
        var best: [(index: Int, probability: Float)] = []
        for (index, value) in values.enumerated() {
            if best.count == count, let last = best.last, value <= last.probability { continue }
            let place = best.firstIndex { $0.probability < value } ?? best.endIndex
            best.insert((index, value), at: place)
            if best.count > count {
                best.removeLast()
            }
        }
        return best
    }
}
