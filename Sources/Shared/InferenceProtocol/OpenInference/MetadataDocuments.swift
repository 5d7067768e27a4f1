/// A server's metadata: `GET /v2`.
package struct ServerMetadata: Codable, Sendable, Equatable {
    package let name: String
    package let version: String
    package let extensions: [String]

    package init(name: String, version: String, extensions: [String]) {
        self.name = name
        self.version = version
        self.extensions = extensions
    }
}

/// A model's inputs and outputs: `GET /v2/models/NAME`.
package struct ModelMetadata: Codable, Sendable, Equatable {
    /// A tensor's name and type.
    package struct Tensor: Codable, Sendable, Equatable {
        package let name: String
        package let datatype: String
        /// The shape; −1 means any size.
        package let shape: [Int]

        package init(name: String, datatype: String, shape: [Int]) {
            self.name = name
            self.datatype = datatype
            self.shape = shape
        }
    }

    package let name: String
    /// The versions that are ready.
    package let versions: [String]
    package let platform: String
    package let inputs: [Tensor]
    package let outputs: [Tensor]
    /// Further properties, for which the protocol has no field.
    package let properties: [String: String]

    package init(
        name: String,
        versions: [String],
        platform: String,
        inputs: [Tensor],
        outputs: [Tensor],
        properties: [String: String]
    ) {
        self.name = name
        self.versions = versions
        self.platform = platform
        self.inputs = inputs
        self.outputs = outputs
        self.properties = properties
    }
}

/// Whether a model is ready for inferences: `GET /v2/models/NAME/ready`.
package struct ModelReadiness: Codable, Sendable, Equatable {
    package let name: String
    package let ready: Bool

    package init(name: String, ready: Bool) {
        self.name = name
        self.ready = ready
    }
}

/// A model's configuration: `GET /v2/models/NAME/config` (model configuration extension).
package struct ModelConfiguration: Codable, Sendable, Equatable {
    /// A tensor, with the extension's own names of types.
    package struct Tensor: Codable, Sendable, Equatable {
        package let name: String
        /// The datatype with the prefix `TYPE_`.
        package let dataType: String
        /// The sizes after the batch dimension.
        package let dims: [Int]

        enum CodingKeys: String, CodingKey {
            case name
            case dataType = "data_type"
            case dims
        }

        package init(name: String, dataType: String, dims: [Int]) {
            self.name = name
            self.dataType = dataType
            self.dims = dims
        }
    }

    package let name: String
    package let platform: String
    package let backend: String
    package let maxBatchSize: Int
    package let input: [Tensor]
    package let output: [Tensor]

    enum CodingKeys: String, CodingKey {
        case name
        case platform
        case backend
        case maxBatchSize = "max_batch_size"
        case input
        case output
    }

    package init(
        name: String,
        platform: String,
        backend: String,
        maxBatchSize: Int,
        input: [Tensor],
        output: [Tensor]
    ) {
        self.name = name
        self.platform = platform
        self.backend = backend
        self.maxBatchSize = maxBatchSize
        self.input = input
        self.output = output
    }
}

/// A version of a model in the repository: `POST /v2/repository/index`.
package struct RepositoryEntry: Codable, Sendable, Equatable {
    package let name: String
    package let version: String
    /// `READY`, `LOADING`, `UNLOADING` or `UNAVAILABLE`.
    package let state: String
    /// The stable code of the reason why it is not ready.
    package let reason: String

    package init(name: String, version: String, state: String, reason: String) {
        self.name = name
        self.version = version
        self.state = state
        self.reason = reason
    }
}
