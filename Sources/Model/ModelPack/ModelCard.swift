package import Inference

/// The description of a model in its pack: `model-card.json`.
///
/// An unknown key is an error, because a card with a misspelt bound must not pass as one without.
package struct ModelCard: Sendable, Equatable {
    /// The card's file name in its pack.
    package static let fileName = "model-card.json"

    /// The model's name, used in paths and responses: letters, digits, "-", "_" and ".".
    package let name: String
    /// The model's version, in the publisher's own numbering.
    package let version: String
    /// The SPDX identifier of the weights' licence.
    package let licence: String
    /// Where the weights come from: a publication, an address, a digest; nil in a card of the first schema.
    package let origin: String?
    /// One sentence on what the model is.
    package let summary: String
    /// What the model is meant for.
    package let intendedUse: String
    /// What it is not meant for, and where it fails.
    package let limitations: String
    /// The engines that the pack is for, by the engine's name in options.
    package let engines: [String]
    /// Whether requests may run together, and how many rows at the most.
    package let batching: Batching
    /// The inputs, in the order of the TorchScript module's arguments.
    package let inputs: [InputPort]
    /// The outputs, in the order of the TorchScript module's results.
    package let outputs: [OutputPort]
    /// The model's measured accuracy; nil where it was not measured.
    package let accuracy: Accuracy?
    /// How far the probabilities may differ from float32, for each reduced precision that the publisher allows.
    package let reducedPrecision: [Precision: CrossCheckBound]
    /// Images with the results that the pack must give before it serves.
    package let selfTest: [SelfTestCase]
    /// Stored tensors with the results that the pack must give before it serves.
    package let tensorTests: [TensorTest]
    /// Every other file of the pack by its path.
    package let files: [String: FileEntry]
}

extension ModelCard {
    /// What the first axis of the tensors is.
    package enum Batching: Sendable, Equatable {
        /// The batch, of up to so many rows; nil for as many as the server allows.
        case firstAxis(maximum: Int?)
        /// An axis as any other: each request runs alone, and with the shapes that the card states.
        case none

        /// Whether the first axis of every tensor is the batch.
        package var isBatched: Bool { self != .none }
    }

    /// An input tensor, and how it is filled.
    package struct InputPort: Sendable, Equatable {
        package let tensor: TensorDescription
        /// A name for each axis, nil for none; axes of one name have one size in a request.
        package let axes: [String?]
        /// The sizes that an axis of any size may have, nil for every size.
        package let bounds: [ClosedRange<Int>?]
        /// The number that fills the input where a request leaves it out; nil where no request may.
        package let filler: Double?
        /// How an image becomes the input; nil where only tensors do.
        package let preprocessing: Preprocessing?
        package let description: String
    }

    /// An output tensor, what it means, and how two engines' are compared.
    package struct OutputPort: Sendable, Equatable {
        /// The function that turns the model's output into probabilities.
        package enum Activation: String, Sendable, Codable {
            /// The output is logits.
            case softmax
            /// The output is probabilities.
            case none
        }

        /// What the numbers are.
        package enum Meaning: Sendable, Equatable {
            /// One number a class, with the labels of the pack.
            case classes(Activation)
            /// A vector to compare with others; whether its length is 1.
            case embedding(isNormalised: Bool)
            /// Anything else.
            case plain
        }

        /// How the outputs of two engines are compared.
        package enum Comparison: Sendable, Equatable {
            /// The classes' probabilities differ by at most so much, and the first class is the same.
            case probabilities(maximumDifference: Double)
            /// Each number differs by at most `absolute`, and `relative` of the larger of the two.
            case numbers(absolute: Double, relative: Double)
            /// Every element is the same.
            case equality
            /// Not at all: the model draws it at random.
            case random
        }

        package let tensor: TensorDescription
        package let axes: [String?]
        package let meaning: Meaning
        package let comparison: Comparison
        package let description: String
    }

    /// The input that images fill.
    package struct ImageInput: Sendable, Equatable {
        /// The index among the inputs.
        package let index: Int
        package let tensor: TensorDescription
        package let preprocessing: Preprocessing
    }

    /// The output with the classes.
    package struct ClassOutput: Sendable, Equatable {
        /// The index among the outputs.
        package let index: Int
        package let tensor: TensorDescription
        package let activation: OutputPort.Activation
        /// The number of classes: the size of the last dimension.
        package var count: Int { tensor.shape.last ?? 0 }
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

    /// Stored inputs with the outputs that belong to them.
    package struct TensorTest: Sendable, Equatable, Codable {
        /// A stored output, and how far an engine's may be from it.
        package struct Expected: Sendable, Equatable, Codable {
            /// The file's path in the pack.
            package let file: String
            /// The allowed difference of a number.
            package let absolute: Double
            /// The share of the larger number that is allowed on top.
            package let relative: Double
        }

        /// The path of each input's file in the pack, by the input's name.
        package let inputs: [String: String]
        /// The outputs to compare, by name.
        package let outputs: [String: Expected]
    }

    /// A file's size and digest.
    package struct FileEntry: Sendable, Equatable {
        package let digest: ContentDigest
        package let byteCount: Int
    }
}

extension ModelCard {
    /// The input that images fill; nil for a model of tensors alone.
    package var imageInput: ImageInput? {
        for (index, port) in inputs.enumerated() {
            guard let preprocessing = port.preprocessing else { continue }
            return ImageInput(index: index, tensor: port.tensor, preprocessing: preprocessing)
        }
        return nil
    }

    /// The output with the classes; nil for a model that has none.
    package var classOutput: ClassOutput? {
        for (index, port) in outputs.enumerated() {
            guard case .classes(let activation) = port.meaning else { continue }
            return ClassOutput(index: index, tensor: port.tensor, activation: activation)
        }
        return nil
    }

    /// The largest difference of a class's probability between two engines; nil without classes.
    package var probabilityBound: Double? {
        for port in outputs {
            if case .probabilities(let bound) = port.comparison { return bound }
        }
        return nil
    }
}
