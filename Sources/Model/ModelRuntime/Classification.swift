import Foundation
import ModelPack

/// One class with its probability.
package struct Prediction: Sendable, Equatable {
    /// The class's name, from the pack's labels.
    package let label: String
    /// The class's index in the model's output.
    package let index: Int
    /// How probable the engine takes it to be, 0 to 1.
    package let probability: Float
}

/// What one engine says of one image.
package struct EngineAnswer: Sendable, Equatable {
    /// The engine's name, such as "ONNX Runtime".
    package let engine: String
    /// The version of the engine's library.
    package let libraryVersion: String
    /// The most probable classes, most probable first.
    package let top: [Prediction]
    /// How long the engine computed, for all images that ran together.
    package let duration: Duration
}

/// Every engine's answer to one image, with what makes it traceable.
package struct Classification: Sendable, Equatable {
    /// One answer an engine, ONNX Runtime first.
    package let answers: [EngineAnswer]
    /// The comparison, where more than one engine ran.
    package let crossCheck: CrossCheck.Report?
    /// Where the time went.
    package let timings: Timings
}

/// What a model's output says, as probabilities.
struct ProbabilityVector: Sendable, Equatable {
    /// One probability a class, by index.
    let values: [Float]

    /// Turns a model's output into probabilities.
    ///
    /// The sum runs in double precision, so the result does not depend on the order of a vectorised sum.
    ///
    /// - Parameters:
    ///   - output: One number a class.
    ///   - activation: What is still to be done.
    ///   - engine: Whose output it is, for the error.
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
    /// - Parameters:
    ///   - count: How many at the most.
    ///   - labels: The class's names by index.
    /// - Returns: At most `count` classes, most probable first.
    func top(_ count: Int, labels: [String]) -> [Prediction] {
        var best: [(index: Int, value: Float)] = []
        for (index, value) in values.enumerated() {
            if best.count == count, let last = best.last, value <= last.value { continue }
            let place = best.firstIndex { $0.value < value } ?? best.endIndex
            best.insert((index, value), at: place)
            if best.count > count {
                best.removeLast()
            }
        }
        return best.map { Prediction(label: labels[$0.index], index: $0.index, probability: $0.value) }
    }
}
