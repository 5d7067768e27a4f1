package import Inference

/// How far an engine's results for a pack's self-test differ from the card's.
package struct Agreement: Sendable, Equatable {
    /// The engine's name, such as "PyTorch".
    package let engine: String
    /// The engine's arithmetic.
    package let precision: Precision
    /// The largest difference of a probability.
    package let maximumProbabilityDifference: Double
    /// The largest difference that the card allows.
    package let bound: Double
}
