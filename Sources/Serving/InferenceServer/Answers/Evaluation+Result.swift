import InferenceProtocol
import ModelPack
import ModelRuntime

extension Evaluation {
    /// Writes the result of one image as the document of `POST /evaluate`.
    ///
    /// - Parameters:
    ///   - result: The result; its first row is taken.
    ///   - model: The model that computed it.
    ///   - showsBatchSize: Whether the client may learn how many images ran together.
    init(_ result: InferenceResult, of model: ServedModel, showsBatchSize: Bool) {
        let labels = model.pack.labels
        self.init(
            model: Model(name: model.name, version: model.version, digest: "\(model.pack.digest)"),
            engines: result.outputs.map { output in
                let best = output.probabilities.first?.top(model.runtime.configuration.topCount) ?? []
                return Engine(
                    name: output.engine,
                    version: output.libraryVersion,
                    top: best.map { Prediction(label: labels[$0.index], index: $0.index, probability: $0.probability) }
                )
            },
            crossCheck: result.crossCheck.map {
                CrossCheck(maximumProbabilityDifference: $0.maximumProbabilityDifference, bound: $0.bound)
            },
            timings: Timings(
                preparation: result.timings.preparation.inMilliseconds,
                inference: result.timings.inference.inMilliseconds,
                engines: Dictionary(
                    result.outputs.map { ($0.engine, $0.duration.inMilliseconds) },
                    uniquingKeysWith: { first, _ in first }
                ),
                batchSize: showsBatchSize ? result.timings.batchSize : nil
            )
        )
    }
}
