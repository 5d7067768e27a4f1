import FoundationEssentials
import InferenceProtocol
import OpenInferenceMessages
import SwiftProtobuf

extension Inference_ModelInferResponse {
    /// Writes a response; every tensor is written as raw bytes, as stock clients read it.
    init(_ answer: InferenceResponse) {
        self.init()
        modelName = answer.modelName
        modelVersion = answer.modelVersion
        id = answer.id ?? ""
        parameters = answer.parameters.mapValues { Inference_InferParameter($0) }
        for output in answer.outputs {
            var bytes: [UInt8] = []
            BinaryTensor.append(output.values, to: &bytes)
            rawOutputContents.append(Data(bytes))
            outputs.append(
                .with {
                    $0.name = output.name
                    $0.datatype = output.datatype.rawValue
                    $0.shape = output.shape.map { Int64($0) }
                }
            )
        }
    }
}

extension Inference_InferParameter {
    fileprivate init(_ value: ParameterValue) {
        self.init()
        switch value {
        case .bool(let value): boolParam = value
        case .integer(let value): int64Param = value
        case .number(let value): doubleParam = value
        case .text(let value): stringParam = value
        }
    }
}

extension Inference_ModelMetadataResponse {
    init(_ metadata: ModelMetadata) {
        self.init()
        name = metadata.name
        versions = metadata.versions
        platform = metadata.platform
        inputs = metadata.inputs.map { TensorMetadata($0) }
        outputs = metadata.outputs.map { TensorMetadata($0) }
        properties = metadata.properties
    }
}

extension Inference_ModelMetadataResponse.TensorMetadata {
    fileprivate init(_ tensor: ModelMetadata.Tensor) {
        self.init()
        name = tensor.name
        datatype = tensor.datatype
        shape = tensor.shape.map { Int64($0) }
    }
}

extension Inference_ModelStatistics {
    init(_ model: StatisticsDocument.Model) {
        self.init()
        name = model.name
        version = model.version
        lastInference = model.lastInference
        inferenceCount = model.inferenceCount
        executionCount = model.executionCount
        inferenceStats.success = Inference_StatisticDuration(model.inferenceStats.success)
        inferenceStats.fail = Inference_StatisticDuration(model.inferenceStats.fail)
        inferenceStats.queue = Inference_StatisticDuration(model.inferenceStats.queue)
        inferenceStats.computeInput = Inference_StatisticDuration(model.inferenceStats.computeInput)
        inferenceStats.computeInfer = Inference_StatisticDuration(model.inferenceStats.computeInfer)
        inferenceStats.computeOutput = Inference_StatisticDuration(model.inferenceStats.computeOutput)
        batchStats = model.batchStats.map { batch in
            .with {
                $0.batchSize = batch.batchSize
                $0.computeInput = Inference_StatisticDuration(batch.computeInput)
                $0.computeInfer = Inference_StatisticDuration(batch.computeInfer)
                $0.computeOutput = Inference_StatisticDuration(batch.computeOutput)
            }
        }
    }
}

extension Inference_StatisticDuration {
    fileprivate init(_ total: StatisticsDocument.Total) {
        self.init()
        count = total.count
        ns = total.ns
    }
}
