/// The response of `POST /evaluate` as JSON (`Docs/formats/evaluate.md`).
public struct Evaluation: Codable, Sendable, Equatable {
    /// The model of the evaluation.
    public struct Model: Codable, Sendable, Equatable {
        /// The model's name.
        public let name: String
        /// The version in the publisher's own numbering.
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

    /// One engine's result.
    public struct Engine: Codable, Sendable, Equatable {
        /// The engine's name, such as "ONNX Runtime".
        public let name: String
        /// The version of the engine's library.
        public let version: String
        /// The most probable classes, most probable first.
        public let top: [Prediction]

        /// Joins an engine with its result.
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
        /// The probability, 0 to 1.
        public let probability: Float

        /// Names a class with its probability.
        public init(label: String, index: Int, probability: Float) {
            self.label = label
            self.index = index
            self.probability = probability
        }
    }

    /// The result of the cross-check between the engines.
    public struct CrossCheck: Codable, Sendable, Equatable {
        /// The largest difference of any class's probability, 0 to 1.
        public let maximumProbabilityDifference: Float
        /// The largest difference that is allowed, 0 to 1.
        public let bound: Float

        /// Joins a measured difference with its bound.
        public init(maximumProbabilityDifference: Float, bound: Float) {
            self.maximumProbabilityDifference = maximumProbabilityDifference
            self.bound = bound
        }
    }

    /// The durations of the steps, in milliseconds.
    public struct Timings: Codable, Sendable, Equatable {
        /// Decoding and preprocessing, including the wait for a free core.
        public let preparation: Double
        /// Waiting in the queue and the engines' runs.
        public let inference: Double
        /// The engines' runs, by the engine's name.
        public let engines: [String: Double]
        /// How many images ran together; nil where the server attests, because it would tell of other clients.
        public let batchSize: Int?

        /// Joins the durations of one evaluation.
        public init(preparation: Double, inference: Double, engines: [String: Double], batchSize: Int?) {
            self.preparation = preparation
            self.inference = inference
            self.engines = engines
            self.batchSize = batchSize
        }
    }

    /// The model.
    public let model: Model
    /// One result for each engine, ONNX Runtime first.
    public let engines: [Engine]
    /// Absent where one engine ran.
    public let crossCheck: CrossCheck?
    /// The durations of the steps.
    public let timings: Timings

    /// Joins the parts of an evaluation.
    public init(model: Model, engines: [Engine], crossCheck: CrossCheck?, timings: Timings) {
        self.model = model
        self.engines = engines
        self.crossCheck = crossCheck
        self.timings = timings
    }
}
