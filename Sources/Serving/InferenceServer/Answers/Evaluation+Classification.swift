import InferenceProtocol
import ModelPack
import ModelRuntime

extension Evaluation {
    /// Puts a model's answer into the form that goes over the wire.
    init(_ classification: Classification, pack: ModelPack) {
        self.init(
            model: Model(name: pack.card.name, version: pack.card.version, digest: "\(pack.digest)"),
            engines: classification.answers.map { answer in
                Engine(
                    name: answer.engine,
                    version: answer.libraryVersion,
                    top: answer.top.map { Prediction(label: $0.label, index: $0.index, probability: $0.probability) }
                )
            },
            crossCheck: classification.crossCheck.map {
                CrossCheck(maximumProbabilityDifference: $0.maximumProbabilityDifference, bound: $0.bound)
            },
            timings: Timings(
                preparation: classification.timings.preparation.inMilliseconds,
                inference: classification.timings.inference.inMilliseconds,
                engines: Dictionary(
                    classification.answers.map { ($0.engine, $0.duration.inMilliseconds) },
                    uniquingKeysWith: { first, _ in first }
                ),
                batchSize: classification.timings.batchSize
            )
        )
    }
}
