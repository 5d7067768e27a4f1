import Inference
import ModelPack

extension ModelRuntime {
    /// Turns a model's output into probabilities, as the card says.
    ///
    /// - Parameter output: What `infer` gave: one row an image.
    /// - Returns: As many rows of as many numbers from 0 to 1, in the same order.
    /// - Throws: `crosscheck.not-finite` where an output is infinite or not a number.
    package func probabilities(of output: EngineOutput) throws -> [Float] {
        let count = pack.card.output.classCount
        let elements = output.tensor.elements
        var values: [Float] = []
        values.reserveCapacity(elements.count)
        for start in stride(from: 0, to: elements.count - count + 1, by: count) {
            let vector = try ProbabilityVector(
                output: elements[start..<start + count],
                activation: pack.card.output.activation,
                engine: output.engine
            )
            values += vector.values
        }
        return values
    }
}
