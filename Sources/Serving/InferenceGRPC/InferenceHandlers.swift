import GRPCCore
import HTTPTypes
import InferenceProtocol
import InferenceServer
import Logging
import OpenInferenceMessages
import SwiftProtobuf

/// Handles each gRPC call with the `InferenceService`.
struct InferenceHandlers: Inference_GRPCInferenceService.SimpleServiceProtocol {
    let service: InferenceService
    let logger: Logger

    func serverLive(
        request: Inference_ServerLiveRequest,
        context: ServerContext
    ) async throws -> Inference_ServerLiveResponse {
        .with { $0.live = true }
    }

    func serverReady(
        request: Inference_ServerReadyRequest,
        context: ServerContext
    ) async throws -> Inference_ServerReadyResponse {
        .with { $0.ready = service.isReady }
    }

    func modelReady(
        request: Inference_ModelReadyRequest,
        context: ServerContext
    ) async throws -> Inference_ModelReadyResponse {
        try await answer("ModelReady") {
            let readiness = try service.readiness(of: request.name, version: request.version.nonEmpty)
            return .with { $0.ready = readiness.ready }
        }
    }

    func serverMetadata(
        request: Inference_ServerMetadataRequest,
        context: ServerContext
    ) async throws -> Inference_ServerMetadataResponse {
        let metadata = service.serverMetadata
        return .with {
            $0.name = metadata.name
            $0.version = metadata.version
            $0.extensions = metadata.extensions
        }
    }

    func modelMetadata(
        request: Inference_ModelMetadataRequest,
        context: ServerContext
    ) async throws -> Inference_ModelMetadataResponse {
        try await answer("ModelMetadata") {
            Inference_ModelMetadataResponse(
                try service.metadata(of: request.name, version: request.version.nonEmpty)
            )
        }
    }

    func modelConfig(
        request: Inference_ModelConfigRequest,
        context: ServerContext
    ) async throws -> Inference_ModelConfigResponse {
        try await answer("ModelConfig") {
            let configuration = try service.configuration(of: request.name, version: request.version.nonEmpty)
            return .with {
                $0.config.name = configuration.name
                $0.config.platform = configuration.platform
                $0.config.backend = configuration.backend
                $0.config.maxBatchSize = Int32(clamping: configuration.maxBatchSize)
            }
        }
    }

    func modelStatistics(
        request: Inference_ModelStatisticsRequest,
        context: ServerContext
    ) async throws -> Inference_ModelStatisticsResponse {
        try await answer("ModelStatistics") {
            let document = try service.statistics(of: request.name.nonEmpty, version: request.version.nonEmpty)
            return .with { $0.modelStats = document.models.map { Inference_ModelStatistics($0) } }
        }
    }

    func repositoryIndex(
        request: Inference_RepositoryIndexRequest,
        context: ServerContext
    ) async throws -> Inference_RepositoryIndexResponse {
        let entries = service.index(onlyReady: request.ready)
        return .with { response in
            response.models = entries.map { entry in
                .with {
                    $0.name = entry.name
                    $0.version = entry.version
                    $0.state = entry.state
                    $0.reason = entry.reason
                }
            }
        }
    }

    func repositoryModelLoad(
        request: Inference_RepositoryModelLoadRequest,
        context: ServerContext
    ) async throws -> Inference_RepositoryModelLoadResponse {
        try await answer("RepositoryModelLoad") {
            guard request.parameters.isEmpty else {
                throw OpenInferenceError(
                    .parameterInvalid,
                    subject: "parameters",
                    expected: "none: a pack is loaded as it lies on the disk"
                )
            }
            try await service.load(request.modelName)
            return Inference_RepositoryModelLoadResponse()
        }
    }

    func repositoryModelUnload(
        request: Inference_RepositoryModelUnloadRequest,
        context: ServerContext
    ) async throws -> Inference_RepositoryModelUnloadResponse {
        try await answer("RepositoryModelUnload") {
            try await service.unload(request.modelName)
            return Inference_RepositoryModelUnloadResponse()
        }
    }

    func modelInfer(
        request: Inference_ModelInferRequest,
        context: ServerContext
    ) async throws -> Inference_ModelInferResponse {
        try await answer("ModelInfer") { try await infer(request) }
    }

    func modelStreamInfer(
        request: RPCAsyncSequence<Inference_ModelInferRequest, any Error>,
        response: RPCWriter<Inference_ModelStreamInferResponse>,
        context: ServerContext
    ) async throws {
        // One request after the other: a client that wants parallel requests sends calls, or one batch.
        for try await message in request {
            var reply = Inference_ModelStreamInferResponse()
            do {
                reply.inferResponse = try await answer("ModelStreamInfer") { try await infer(message) }
            } catch {
                // An error belongs to one request; the stream continues.
                reply.errorMessage = error.message
                reply.inferResponse.id = message.id
            }
            try await response.write(reply)
        }
    }

    private func infer(_ request: Inference_ModelInferRequest) async throws -> Inference_ModelInferResponse {
        let task = Task {
            try await service.admitted { deadline in
                Inference_ModelInferResponse(try await service.infer(try InferenceCall(request), by: deadline))
            }
        }
        return try await withRPCCancellationHandler {
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } onCancelRPC: {
            task.cancel()
        }
    }

    /// Runs the work of a call, logs one line, and maps an error to a gRPC status with the stable code.
    private func answer<Reply: Sendable>(
        _ method: String,
        _ work: () async throws -> Reply
    ) async throws(RPCError) -> Reply {
        let start = ContinuousClock.now
        var code = "ok"
        defer {
            logger.info(
                "call",
                metadata: ["method": "\(method)", "code": "\(code)", "duration": "\(ContinuousClock.now - start)"]
            )
        }
        do {
            return try await work()
        } catch {
            let failure = Failure(error)
            code = failure.code
            if failure.status.code >= 500, !failure.detail.isEmpty {
                logger.error("failure", metadata: ["code": "\(code)", "detail": "\(failure.detail)"])
            }
            throw RPCError(failure)
        }
    }
}

extension String {
    /// The text; nil where it is empty, which means "not set" in gRPC.
    var nonEmpty: String? { isEmpty ? nil : self }
}
