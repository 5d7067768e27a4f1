import Diagnostics
package import Foundation
import Inference
package import InferenceProtocol
import ModelRuntime

/// An inference request, independent of the transport.
package struct InferenceCall: Sendable {
    /// An input tensor.
    package struct Input: Sendable {
        /// The content of a tensor.
        package enum Content: Sendable {
            /// `FP32`, row-major, as many numbers as the shape has elements.
            case floats([Float])
            /// Another type of a fixed width: as many elements as the shape has, little-endian.
            case raw([UInt8], TensorDatatype)
            /// `BYTES`: one string of bytes an element; for an input that images fill, an encoded image.
            case strings([any ContiguousBytes & Sendable])

            /// The type of the elements.
            package var datatype: TensorDatatype {
                switch self {
                case .floats: .float32
                case .raw(_, let datatype): datatype
                case .strings: .bytes
                }
            }

            /// The number of elements.
            package var count: Int {
                switch self {
                case .floats(let floats): floats.count
                case .raw(let bytes, let datatype): bytes.count / (datatype.byteWidth ?? 1)
                case .strings(let strings): strings.count
                }
            }
        }

        package let name: String
        package let shape: TensorShape
        package let content: Content

        package init(name: String, shape: TensorShape, content: Content) {
            self.name = name
            self.shape = shape
            self.content = content
        }
    }

    package let modelName: String
    /// The version; nil for the highest that is ready.
    package let modelVersion: String?
    package let id: String?
    package let parameters: [String: ParameterValue]
    package let inputs: [Input]
    /// The requested outputs; empty for the model's own outputs.
    package let outputs: [InferenceRequest.Output]

    package init(
        modelName: String,
        modelVersion: String?,
        id: String?,
        parameters: [String: ParameterValue],
        inputs: [Input],
        outputs: [InferenceRequest.Output]
    ) {
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.id = id
        self.parameters = parameters
        self.inputs = inputs
        self.outputs = outputs
    }
}

extension InferenceCall {
    /// Reads the parameters for the runtime (schedule policy extension, and `adyton_engines`).
    ///
    /// - Parameter deadline: The request's deadline; the `timeout` parameter can only shorten it.
    /// - Returns: The options.
    /// - Throws: `oip.parameter-invalid` for an invalid priority, timeout or list of engines.
    func options(by deadline: Deadline) throws -> InferenceOptions {
        var options = InferenceOptions()
        if let value = parameters["priority"] {
            guard let priority = value.integer, (0...Int64(UInt32.max)).contains(priority) else {
                throw Self.invalid("priority", "a whole number; 1 comes first, and 0 is the usual one")
            }
            let range = InferenceOptions.priorities
            options.priority = priority == 0 ? InferenceOptions.usualPriority : min(Int(priority), range.upperBound)
        }
        options.deadline = deadline
        if let value = parameters["timeout"] {
            guard let microseconds = value.integer, microseconds >= 0 else {
                throw Self.invalid("timeout", "microseconds, and 0 for none")
            }
            if microseconds > 0 { options.deadline = deadline.within(.microseconds(microseconds)) }
        }
        if let value = parameters[ParameterName.engines] {
            let kinds = value.text?.split(separator: ",").map { EngineKind(rawValue: String($0)) }
            guard let kinds, !kinds.isEmpty, !kinds.contains(nil) else {
                throw Self.invalid(
                    ParameterName.engines,
                    "names with commas between them, of: \(EngineKind.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            options.engines = Set(kinds.compactMap(\.self))
        }
        return options
    }

    private static func invalid(_ name: String, _ expected: String) -> OpenInferenceError {
        OpenInferenceError(.parameterInvalid, subject: "parameters.\(name)", expected: expected)
    }
}

/// The names of the parameters that are this server's own.
enum ParameterName {
    /// In a request the engines to run; in a response the engines that ran, with their libraries' versions.
    static let engines = "adyton_engines"
    /// The largest difference between two engines: of any class's probability, or of any number of the output that
    /// follows behind a point.
    static let difference = "adyton_cross_check_difference"
    /// The largest difference that the cross-check allows.
    static let bound = "adyton_cross_check_bound"
    /// The digest of the model pack.
    static let digest = "adyton_model_digest"
    /// How many images ran together.
    static let batchSize = "adyton_batch_size"
}
