package import Inference

/// The description of a model in its pack: `model-card.json`.
///
/// An unknown key is an error, because a card with a misspelt bound must not pass as one without.
package struct ModelCard: Sendable, Equatable {
    /// The only schema that this version reads.
    package static let schema = "adyton.model-card/1"
    /// The card's file name in its pack.
    package static let fileName = "model-card.json"

    /// The model's name, used in paths and responses: letters, digits, "-", "_" and ".".
    package let name: String
    /// The model's version, in the publisher's own numbering.
    package let version: String
    /// The SPDX identifier of the weights' licence.
    package let licence: String
    /// One sentence on what the model is.
    package let summary: String
    /// What the model is meant for.
    package let intendedUse: String
    /// What it is not meant for, and where it fails.
    package let limitations: String
    /// The only input tensor.
    package let input: TensorPort
    /// The only output tensor.
    package let output: OutputPort
    /// The preprocessing from an image to the input.
    package let preprocessing: Preprocessing
    /// The model's measured accuracy; nil where it was not measured.
    package let accuracy: Accuracy?
    /// How far two engines may differ.
    package let crossCheck: CrossCheckBound
    /// How far the probabilities may differ from float32, for each reduced precision that the publisher allows.
    package let reducedPrecision: [Precision: CrossCheckBound]
    /// Images with the results that the pack must give before it serves.
    package let selfTest: [SelfTestCase]
    /// Every other file of the pack by its path.
    package let files: [String: FileEntry]
}

extension ModelCard {
    /// A tensor of the model, with a sentence on its meaning.
    package struct TensorPort: Sendable, Equatable {
        package let tensor: TensorDescription
        package let meaning: String
    }

    /// The output tensor, and what turns it into probabilities.
    package struct OutputPort: Sendable, Equatable {
        /// The function that turns the model's output into probabilities.
        package enum Activation: String, Sendable, Codable {
            /// The output is logits.
            case softmax
            /// The output is probabilities.
            case none
        }

        package let tensor: TensorDescription
        package let activation: Activation
        package let meaning: String

        /// The number of classes: the size of the last dimension.
        package var classCount: Int { tensor.shape.last ?? 0 }
    }

    /// Measured accuracy.
    package struct Accuracy: Sendable, Equatable, Codable {
        /// The share of images whose first class was right, 0 to 1.
        package let top1: Double
        /// The share of images with the right class among the first five, 0 to 1.
        package let top5: Double?
        /// How many images were measured.
        package let images: Int
        /// Which images, and how.
        package let dataset: String
    }

    /// The bound of the comparison between two engines, or between two precisions.
    package struct CrossCheckBound: Sendable, Equatable, Codable {
        /// The largest allowed difference of any class's probability, 0 to 1.
        package let maximumProbabilityDifference: Double
    }

    /// One image with its known result.
    package struct SelfTestCase: Sendable, Equatable, Codable {
        /// The image's path in the pack.
        package let image: String
        /// The label that must come first.
        package let label: String
        /// The probability of that label, 0 to 1.
        package let probability: Double
        /// The allowed difference of the probability, 0 to 1.
        package let tolerance: Double
    }

    /// A file's size and digest.
    package struct FileEntry: Sendable, Equatable {
        package let digest: ContentDigest
        package let byteCount: Int
    }
}
