import Inference
package import InferenceProtocol
import ModelPack
import ModelRuntime

/// What the server does, whichever way it was asked: REST and gRPC are two faces of it.
package struct InferenceService: Sendable {
    let host: ModelHost
    let admission: ConcurrencyLimiter
    /// What is refused.
    package let limits: ServerConfiguration.Limits
    let allowsModelControl: Bool

    init(_ configuration: ServerConfiguration, host: ModelHost) {
        self.host = host
        limits = configuration.limits
        admission = ConcurrencyLimiter(limit: configuration.limits.maximumConcurrentRequests)
        allowsModelControl = configuration.allowsModelControl
    }

    /// Whether the server takes inferences.
    package var isReady: Bool { host.current == .ready }

    /// Does work as one of the requests under way, in the time that one gets, for a caller who has no connection to watch.
    ///
    /// - Parameter work: Is cancelled when the time is over.
    /// - Returns: What the work returns.
    /// - Throws: `server.too-many-requests` at once and without the work, `server.deadline-exceeded`, and what it throws.
    package func admitted<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws
        -> Result
    {
        try await admission.withPermit {
            try await withDeadline(limits.requestTimeout, work)
        }
    }

    /// Runs a model.
    ///
    /// - Parameter call: The request; its images are decoded as the model's card says, its numbers go in as they are.
    /// - Returns: The tensors that were asked for, after the engines were found to agree, and in the parameters who
    ///   answered and how far they differed.
    /// - Throws: `repository.…`, `oip.…`, `runtime.…`, `image.…`, `crosscheck.…`, `engine.…`, or `CancellationError`.
    package func infer(_ call: InferenceCall) async throws -> InferenceResponse {
        let model = try host.repository.model(call.modelName, version: call.modelVersion)
        let options = try call.options(atMost: limits.requestTimeout)
        let selection = try OutputSelection(call, engines: options.engines, model: model)
        let result: InferenceResult
        switch try Self.content(of: call, model: model) {
        case .floats(let tensor): result = try await model.runtime.infer(TensorBatch([tensor]), options: options)
        case .images(let images): result = try await model.runtime.infer(images, options: options)
        }
        SpanRecorder.current?.noteInference(model, result.timings)
        return InferenceResponse(
            modelName: model.name,
            modelVersion: model.version,
            id: call.id,
            parameters: Self.parameters(of: result, model: model),
            outputs: try selection.outputs(of: result)
        )
    }

    private enum Content {
        case floats(Tensor)
        case images([EncodedImage])
    }

    private static func content(of call: InferenceCall, model: ServedModel) throws -> Content {
        let expected = model.inputTensor
        guard let input = call.inputs.first, call.inputs.count == 1, input.name == expected.name else {
            throw OpenInferenceError(
                .tensorUnknown,
                subject: "inputs",
                expected: "one, named \(expected.name)",
                found: "\(call.inputs.count)"
            )
        }
        let sizes = input.shape.sizes
        switch input.content {
        case .floats(let elements):
            guard sizes.count == expected.shape.count, sizes.dropFirst() == expected.shape.dropFirst() else {
                throw shapeInvalid("\(expected.shape)", sizes)
            }
            return .floats(Tensor(name: expected.name, shape: sizes, elements: elements))
        case .images(let images):
            guard sizes.count == 1 || sizes.count == 2 && sizes[1] == 1 else {
                throw shapeInvalid("[-1] or [-1, 1]", sizes)
            }
            return .images(images.map { EncodedImage(bytes: $0) })
        case .other(let datatype):
            throw OpenInferenceError(
                .datatypeUnsupported,
                subject: "inputs[0].datatype",
                expected: "FP32, or BYTES for images",
                found: datatype.rawValue
            )
        }
    }

    private static func shapeInvalid(_ expected: String, _ found: [Int]) -> OpenInferenceError {
        OpenInferenceError(.shapeInvalid, subject: "inputs[0].shape", expected: expected, found: "\(found)")
    }

    private static func parameters(of result: InferenceResult, model: ServedModel) -> [String: ParameterValue] {
        let engines = result.outputs.map { "\($0.engine) \($0.libraryVersion)" }
        var parameters: [String: ParameterValue] = [
            ParameterName.engines: .text(engines.joined(separator: ", ")),
            ParameterName.digest: .text("\(model.pack.digest)"),
            ParameterName.batchSize: .integer(Int64(result.timings.batchSize)),
        ]
        if let report = result.crossCheck {
            parameters[ParameterName.difference] = .number(Double(report.maximumProbabilityDifference))
            parameters[ParameterName.bound] = .number(Double(report.bound))
        }
        return parameters
    }
}
