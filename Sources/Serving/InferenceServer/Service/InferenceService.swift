package import Diagnostics
import Inference
package import InferenceProtocol
import ModelPack
package import ModelRuntime

/// What the server does for its clients, independent of the transport: the REST routes and the gRPC handlers call it.
package struct InferenceService: Sendable {
    let host: ModelHost
    let limiter: ConcurrencyLimiter
    /// The bytes of all requests' bodies.
    package let bodies: ByteBudget
    /// The limits of requests.
    package let limits: ServerConfiguration.Limits
    let allowsModelControl: Bool
    /// Whether answers tell how many rows ran together; not under attestation, because those of other clients count.
    let showsBatchSize: Bool

    init(_ configuration: ServerConfiguration, host: ModelHost) {
        self.host = host
        limits = configuration.limits
        limiter = ConcurrencyLimiter(limit: configuration.limits.maximumConcurrentRequests)
        bodies = ByteBudget(limit: configuration.limits.maximumBodyMemory)
        showsBatchSize = configuration.attestation == nil
        allowsModelControl = configuration.allowsModelControl
    }

    /// Whether the server is ready for inferences.
    package var isReady: Bool { host.current == .ready }

    /// Runs work as one of the requests in progress, for a transport that detects disconnects itself.
    ///
    /// - Parameter work: Gets the request's deadline, and is cancelled then.
    /// - Returns: What the work returns.
    /// - Throws: `server.too-many-requests` at once and without the work, `server.deadline-exceeded`, and what the work
    ///   throws.
    package func admitted<Result: Sendable>(
        _ work: @escaping @Sendable (Deadline) async throws -> Result
    ) async throws -> Result {
        try await limiter.withPermit {
            let deadline = Deadline(in: limits.requestTimeout)
            return try await deadline.run(orThrow: ServiceError(deadline)) { try await work(deadline) }
        }
    }

    /// Classifies one image.
    ///
    /// - Parameters:
    ///   - image: A JPEG or PNG file.
    ///   - model: The model.
    ///   - deadline: The request's.
    /// - Returns: Every engine's most probable classes, after the engines were found to agree.
    /// - Throws: `runtime.…`, `image.…`, `crosscheck.…`, `engine.…`, or `CancellationError`.
    package func evaluate(
        _ image: EncodedImage,
        on model: ServedModel,
        by deadline: Deadline
    ) async throws -> Evaluation {
        var options = InferenceOptions()
        options.deadline = deadline
        let images = [EncodedImage](repeating: image, count: model.runtime.fixedImageCount ?? 1)
        let result = try await model.runtime.infer(images, options: options)
        SpanRecorder.current?.noteInference(model, result.timings)
        return Evaluation(result, of: model, showsBatchSize: showsBatchSize)
    }

    /// Runs the model that a request names.
    ///
    /// - Parameters:
    ///   - call: The request.
    ///   - deadline: The request's.
    /// - Returns: As for a given model.
    /// - Throws: `repository.…`, and as for a given model.
    package func infer(_ call: InferenceCall, by deadline: Deadline) async throws -> InferenceResponse {
        let model = try host.repository.model(call.modelName, version: call.modelVersion)
        return try await infer(call, on: model, by: deadline)
    }

    /// Runs a model.
    ///
    /// - Parameters:
    ///   - call: The request; images are decoded as the model card says, other tensors are the inputs themselves.
    ///   - model: The model that the request names.
    ///   - deadline: The request's.
    /// - Returns: The requested tensors, after the engines were found to agree; the parameters have the engines and
    ///   their largest difference.
    /// - Throws: `oip.…`, `runtime.…`, `image.…`, `crosscheck.…`, `engine.…`, or `CancellationError`.
    func infer(
        _ call: InferenceCall,
        on model: ServedModel,
        by deadline: Deadline
    ) async throws -> InferenceResponse {
        let options = try call.options(by: deadline)
        let selection = try OutputSelection(call, engines: options.engines, model: model)
        let inputs = try RequestInputs(call, model: model)
        let result: InferenceResult
        do {
            result =
                if let images = inputs.images {
                    try await model.runtime.infer(images, beside: inputs.tensors, options: options)
                } else {
                    try await model.runtime.infer(inputs.tensors, options: options)
                }
        } catch let error as ModelRuntimeError where error.code == .notFinite && inputs.images == nil {
            // Images cannot do this, so it is the request's numbers that left the engines' range.
            throw OpenInferenceError(
                .dataInvalid,
                subject: "inputs[0].data",
                expected: "numbers as the model's preprocessing gives them (GET /v2/models/NAME/config)",
                found: "some for which an engine's result is no finite number"
            )
        }
        SpanRecorder.current?.noteInference(model, result.timings)
        return InferenceResponse(
            modelName: model.name,
            modelVersion: model.version,
            id: call.id,
            parameters: parameters(of: result, model: model),
            outputs: selection.outputs(of: result)
        )
    }

    private func parameters(of result: InferenceResult, model: ServedModel) -> [String: ParameterValue] {
        let engines = result.outputs.map { "\($0.engine) \($0.libraryVersion)" }
        var parameters: [String: ParameterValue] = [
            ParameterName.engines: .text(engines.joined(separator: ", ")),
            ParameterName.digest: .text("\(model.pack.digest)"),
        ]
        if showsBatchSize { parameters[ParameterName.batchSize] = .integer(Int64(result.timings.batchSize)) }
        if let report = result.crossCheck {
            parameters[ParameterName.difference] = .number(Double(report.maximumProbabilityDifference))
            parameters[ParameterName.bound] = .number(Double(report.bound))
        }
        for report in result.comparisons {
            // One output's difference needs no name.
            let suffix = model.pack.card.outputs.count == 1 ? "" : ".\(report.output)"
            parameters[ParameterName.difference + suffix] = .number(report.difference)
            parameters[ParameterName.bound + suffix] = .number(report.absolute)
        }
        return parameters
    }
}
