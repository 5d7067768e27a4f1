import Diagnostics
import Inference
package import InferenceProtocol
import ModelPack
import ModelRuntime

extension InferenceService {
    /// The server's metadata.
    package var serverMetadata: ServerMetadata {
        ServerMetadata(
            name: "adyton",
            version: ProductVersion.text,
            extensions: [
                "binary_tensor_data", "classification", "model_configuration", "model_repository", "parameters",
                "schedule_policy", "statistics",
            ]
        )
    }

    /// Whether a model is ready for inferences.
    ///
    /// - Parameters:
    ///   - name: The model's name.
    ///   - version: Its version; nil for any.
    /// - Returns: The readiness.
    /// - Throws: `repository.model-unknown`, `repository.version-unknown`.
    package func readiness(of name: String, version: String?) throws -> ModelReadiness {
        do {
            _ = try host.repository.model(name, version: version)
            return ModelReadiness(name: name, ready: true)
        } catch {
            guard error.code != .modelUnknown, error.code != .versionUnknown else { throw error }
            return ModelReadiness(name: name, ready: false)
        }
    }

    /// A model's inputs and outputs.
    ///
    /// - Parameters:
    ///   - name: The model's name.
    ///   - version: Its version; nil for the highest that is ready.
    /// - Returns: The metadata.
    /// - Throws: `repository.…` where there is no such model, or it is not ready.
    package func metadata(of name: String, version: String?) throws -> ModelMetadata {
        let model = try host.repository.model(name, version: version)
        let card = model.pack.card
        let tensors = { (tensors: [TensorDescription]) in
            tensors.map { ModelMetadata.Tensor(name: $0.name, datatype: $0.dataType.rawValue, shape: $0.shape) }
        }
        var properties = [
            "summary": card.summary,
            "licence": card.licence,
            "model_digest": "\(model.pack.digest)",
            "engines": model.engineKinds.map(\.rawValue).joined(separator: ","),
            "cross_check": model.engineKinds.count > 1 ? "every request" : "none: one engine",
            "further_outputs": OutputSelection.names(of: model).dropFirst(card.outputs.count).joined(separator: ","),
        ]
        properties["origin"] = card.origin
        if let input = card.imageInput {
            properties["image_input"] = "\(input.tensor.name) as BYTES, shape [-1]: each element a JPEG or PNG file"
        }
        let optional = card.inputs.filter { $0.filler != nil }.map(\.tensor.name)
        if !optional.isEmpty { properties["optional_inputs"] = optional.joined(separator: ",") }
        return ModelMetadata(
            name: model.name,
            versions: host.repository.index().filter { $0.name == name && $0.readiness == .ready }.map(\.version),
            platform: Self.platform,
            inputs: tensors(card.inputs.map(\.tensor)),
            outputs: tensors(card.outputs.map(\.tensor)),
            properties: properties
        )
    }

    /// A model's configuration.
    ///
    /// - Parameters:
    ///   - name: The model's name.
    ///   - version: Its version; nil for the highest that is ready.
    /// - Returns: The configuration.
    /// - Throws: `repository.…` where there is no such model, or it is not ready.
    package func configuration(of name: String, version: String?) throws -> ModelConfiguration {
        let model = try host.repository.model(name, version: version)
        let card = model.pack.card
        let maximum = model.runtime.maximumBatch
        let tensors = { (tensors: [TensorDescription]) in
            tensors.map { tensor in
                ModelConfiguration.Tensor(
                    name: tensor.name,
                    // The extension's one name that differs from the protocol's.
                    dataType: tensor.dataType == .bytes ? "TYPE_STRING" : "TYPE_\(tensor.dataType.rawValue)",
                    dims: maximum == nil ? tensor.shape : Array(tensor.shape.dropFirst())
                )
            }
        }
        return ModelConfiguration(
            name: model.name,
            platform: Self.platform,
            backend: "adyton",
            // 0 stands for a model without a batch, whose dimensions are then all there.
            maxBatchSize: maximum ?? 0,
            input: tensors(card.inputs.map(\.tensor)),
            output: tensors(card.outputs.map(\.tensor))
        )
    }

    /// The statistics of models since they were loaded.
    ///
    /// - Parameters:
    ///   - name: The model's name; nil for all that are ready.
    ///   - version: Its version; nil for all that are ready.
    /// - Returns: One entry a version.
    /// - Throws: `repository.…` where the named model does not exist, or is not ready.
    package func statistics(of name: String?, version: String?) throws -> StatisticsDocument {
        if let name { _ = try host.repository.model(name, version: version) }
        let models = host.repository.readyModels.filter {
            name ?? $0.name == $0.name && version ?? $0.version == $0.version
        }
        return StatisticsDocument(models: models.map { StatisticsDocument.Model($0) })
    }

    /// The index of the repository: every version of every model.
    ///
    /// - Parameter onlyReady: Whether to leave out versions that are not ready.
    /// - Returns: The versions, sorted.
    package func index(onlyReady: Bool) -> [RepositoryEntry] {
        host.repository.index().filter { !onlyReady || $0.readiness == .ready }.map { state in
            RepositoryEntry(
                name: state.name,
                version: state.version,
                state: state.readiness.rawValue,
                reason: state.reason
            )
        }
    }

    /// Loads a model from its files as they are now.
    ///
    /// - Parameter name: The model's name.
    /// - Throws: `repository.control-not-allowed` unless the server allows model control; `repository.model-unknown`;
    ///   the error of the pack.
    package func load(_ name: String) async throws {
        try checkControl()
        try await host.repository.load(name)
    }

    /// Unloads a model.
    ///
    /// - Parameter name: The model's name.
    /// - Throws: `repository.control-not-allowed` unless the server allows model control; `repository.model-unknown`.
    package func unload(_ name: String) async throws {
        try checkControl()
        try await host.repository.unload(name)
    }

    private static let platform = "adyton_pack"

    private func checkControl() throws(ServiceError) {
        guard allowsModelControl else { throw ServiceError(.controlNotAllowed) }
    }
}

extension StatisticsDocument.Model {
    fileprivate init(_ model: ServedModel) {
        let snapshot = model.statistics.snapshot
        self.init(
            name: model.name,
            version: model.version,
            lastInference: snapshot.lastInferenceInMilliseconds,
            inferenceCount: snapshot.inferenceCount,
            executionCount: snapshot.executionCount,
            inferenceStats: StatisticsDocument.Requests(
                success: .init(snapshot.success),
                fail: .init(snapshot.fail),
                queue: .init(snapshot.queue),
                computeInput: .init(snapshot.computeInput),
                computeInfer: .init(snapshot.computeInfer),
                computeOutput: .init(snapshot.computeOutput)
            ),
            batchStats: snapshot.batches.map { batch in
                StatisticsDocument.Batch(
                    batchSize: UInt64(batch.size),
                    computeInput: .init(batch.computeInput),
                    computeInfer: .init(batch.computeInfer),
                    computeOutput: .init(batch.computeOutput)
                )
            }
        )
    }
}

extension StatisticsDocument.Total {
    fileprivate init(_ total: ModelStatistics.Total) {
        self.init(count: total.count, ns: total.nanoseconds)
    }
}
