import Diagnostics
package import Foundation
import Inference
package import InferenceProtocol
import ModelRuntime

/// An inference as every transport asks for it.
package struct InferenceCall: Sendable {
    /// A tensor that goes in.
    package struct Input: Sendable {
        /// What a tensor may hold here.
        package enum Content: Sendable {
            /// `FP32`, row-major; as many as the shape spans.
            case floats([Float])
            /// `BYTES`: one encoded image an element.
            case images([any ContiguousBytes & Sendable])
            /// A datatype that no model here takes.
            case other(TensorDatatype)
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
    /// The highest version that is ready, where this is nil.
    package let modelVersion: String?
    package let id: String?
    package let parameters: [String: ParameterValue]
    package let inputs: [Input]
    /// Empty for the model's own output.
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
    /// What the parameters ask of the runtime (schedule policy extension, and `adyton_engines`).
    ///
    /// - Parameter deadline: The request's own; an earlier `timeout` parameter limits it further.
    /// - Returns: The options.
    /// - Throws: `oip.parameter-invalid` for a priority, a timeout or engines that are none.
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

/// The parameters that are this server's own.
enum ParameterName {
    /// The engines to ask, or in an answer those that answered with their libraries' versions.
    static let engines = "adyton_engines"
    /// The largest difference of any class's probability between two engines.
    static let difference = "adyton_cross_check_difference"
    /// The largest that would have been let through.
    static let bound = "adyton_cross_check_bound"
    /// The digest of the model pack.
    static let digest = "adyton_model_digest"
    /// How many images were computed together.
    static let batchSize = "adyton_batch_size"
}
