/// The statistics of models: `GET /v2/models/stats` (statistics extension).
package struct StatisticsDocument: Codable, Sendable, Equatable {
    /// A number of events, and their total duration.
    package struct Total: Codable, Sendable, Equatable {
        package let count: UInt64
        /// The total duration in nanoseconds.
        package let ns: UInt64

        package init(count: UInt64, ns: UInt64) {
            self.count = count
            self.ns = ns
        }
    }

    /// The steps of a request.
    package struct Requests: Codable, Sendable, Equatable {
        package let success: Total
        package let fail: Total
        package let queue: Total
        package let computeInput: Total
        package let computeInfer: Total
        package let computeOutput: Total

        enum CodingKeys: String, CodingKey {
            case success
            case fail
            case queue
            case computeInput = "compute_input"
            case computeInfer = "compute_infer"
            case computeOutput = "compute_output"
        }

        package init(
            success: Total,
            fail: Total,
            queue: Total,
            computeInput: Total,
            computeInfer: Total,
            computeOutput: Total
        ) {
            self.success = success
            self.fail = fail
            self.queue = queue
            self.computeInput = computeInput
            self.computeInfer = computeInfer
            self.computeOutput = computeOutput
        }
    }

    /// The runs of one batch size.
    package struct Batch: Codable, Sendable, Equatable {
        package let batchSize: UInt64
        package let computeInput: Total
        package let computeInfer: Total
        package let computeOutput: Total

        enum CodingKeys: String, CodingKey {
            case batchSize = "batch_size"
            case computeInput = "compute_input"
            case computeInfer = "compute_infer"
            case computeOutput = "compute_output"
        }

        package init(batchSize: UInt64, computeInput: Total, computeInfer: Total, computeOutput: Total) {
            self.batchSize = batchSize
            self.computeInput = computeInput
            self.computeInfer = computeInfer
            self.computeOutput = computeOutput
        }
    }

    /// One version of a model.
    package struct Model: Codable, Sendable, Equatable {
        package let name: String
        package let version: String
        /// The time of the last inference, in milliseconds since 1970; 0 before the first.
        package let lastInference: UInt64
        /// The number of rows: a batch of 64 counts 64.
        package let inferenceCount: UInt64
        /// The number of runs: a batch of 64 counts 1.
        package let executionCount: UInt64
        package let inferenceStats: Requests
        package let batchStats: [Batch]

        enum CodingKeys: String, CodingKey {
            case name
            case version
            case lastInference = "last_inference"
            case inferenceCount = "inference_count"
            case executionCount = "execution_count"
            case inferenceStats = "inference_stats"
            case batchStats = "batch_stats"
        }

        package init(
            name: String,
            version: String,
            lastInference: UInt64,
            inferenceCount: UInt64,
            executionCount: UInt64,
            inferenceStats: Requests,
            batchStats: [Batch]
        ) {
            self.name = name
            self.version = version
            self.lastInference = lastInference
            self.inferenceCount = inferenceCount
            self.executionCount = executionCount
            self.inferenceStats = inferenceStats
            self.batchStats = batchStats
        }
    }

    package let models: [Model]

    enum CodingKeys: String, CodingKey {
        case models = "model_stats"
    }

    package init(models: [Model]) {
        self.models = models
    }
}
