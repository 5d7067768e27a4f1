/// The answer of `POST /evaluate` as JSON (`Docs/formats/evaluate.md`).
public struct Evaluation: Codable, Sendable, Equatable {
    /// Which model answered.
    public struct Model: Codable, Sendable, Equatable {
        /// The model's name.
        public let name: String
        /// The version as the model's publisher counts.
        public let version: String
        /// SHA-256 over every file of the model pack, 64 hexadecimal digits.
        public let digest: String

        /// Names a model.
        public init(name: String, version: String, digest: String) {
            self.name = name
            self.version = version
            self.digest = digest
        }
    }

    /// One engine's answer.
    public struct Engine: Codable, Sendable, Equatable {
        /// The engine's name, such as "ONNX Runtime".
        public let name: String
        /// The version of the engine's library.
        public let version: String
        /// The most probable classes, most probable first.
        public let top: [Prediction]

        /// Joins an engine with its answer.
        public init(name: String, version: String, top: [Prediction]) {
            self.name = name
            self.version = version
            self.top = top
        }
    }

    /// One class with its probability.
    public struct Prediction: Codable, Sendable, Equatable {
        /// The class's name.
        public let label: String
        /// The class's index in the model's output.
        public let index: Int
        /// 0 to 1.
        public let probability: Float

        /// Names a class with its probability.
        public init(label: String, index: Int, probability: Float) {
            self.label = label
            self.index = index
            self.probability = probability
        }
    }

    /// What the comparison between the engines measured.
    public struct CrossCheck: Codable, Sendable, Equatable {
        /// The largest difference of any class's probability, 0 to 1.
        public let maximumProbabilityDifference: Float
        /// The largest that would have been let through, 0 to 1.
        public let bound: Float

        /// Joins a measured difference with its bound.
        public init(maximumProbabilityDifference: Float, bound: Float) {
            self.maximumProbabilityDifference = maximumProbabilityDifference
            self.bound = bound
        }
    }

    /// Where the time went, in milliseconds.
    public struct Timings: Codable, Sendable, Equatable {
        /// Decoding and preprocessing, waiting for a free core included.
        public let preparation: Double
        /// Waiting for the engines, and computing.
        public let inference: Double
        /// Computing alone, by the engine's name.
        public let engines: [String: Double]
        /// How many images were computed together.
        public let batchSize: Int

        /// Joins the durations of one answer.
        public init(preparation: Double, inference: Double, engines: [String: Double], batchSize: Int) {
            self.preparation = preparation
            self.inference = inference
            self.engines = engines
            self.batchSize = batchSize
        }
    }

    /// Which model answered.
    public let model: Model
    /// One answer an engine, ONNX Runtime first.
    public let engines: [Engine]
    /// Absent where one engine ran.
    public let crossCheck: CrossCheck?
    /// Where the time went.
    public let timings: Timings

    /// Joins the parts of an answer.
    public init(model: Model, engines: [Engine], crossCheck: CrossCheck?, timings: Timings) {
        self.model = model
        self.engines = engines
        self.crossCheck = crossCheck
        self.timings = timings
    }
}
