package import Inference

/// How far an engine's answers to a pack's self-test are from what the card states.
package struct Agreement: Sendable, Equatable {
    /// The engine's name, such as "PyTorch".
    package let engine: String
    /// The arithmetic that it used.
    package let precision: Precision
    /// The largest difference of a probability that was seen.
    package let maximumProbabilityDifference: Double
    /// The largest that the card allows.
    package let bound: Double
}
