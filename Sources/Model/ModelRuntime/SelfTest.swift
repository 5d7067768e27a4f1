import Foundation
import Inference
import ModelPack

/// A pack's self-test: images with the results that it must give before it serves.
struct SelfTest {
    let runtime: ModelRuntime

    /// Runs every image in the same way as a client's image.
    ///
    /// - Returns: How far each engine's results differ from the card's.
    /// - Throws: `selftest.image-unusable`, `selftest.label-differs` or `selftest.probability-differs` with the image's
    ///   path in the pack; `crosscheck.…` where the engines do not agree.
    func run() async throws -> [Agreement] {
        var largest = [Double](repeating: 0, count: runtime.engines.count)
        var bound = 0.0
        for item in runtime.pack.card.selfTest {
            let result: InferenceResult
            do {
                let bytes = try Data(contentsOf: runtime.pack.location(of: item.image))
                // The server's limits of untrusted images do not apply to the pack's own.
                result = try await runtime.infer(
                    [EncodedImage(bytes: bytes, declaredName: item.image)],
                    options: InferenceOptions(),
                    decodedBy: ImageDecoder()
                )
            } catch let error as ImageError {
                throw ModelRuntimeError(.selfTestImage, subject: item.image, found: error.code.rawValue, cause: error)
            }
            bound = max(bound, tolerance(of: item))
            for (index, output) in result.outputs.enumerated() {
                largest[index] = max(largest[index], try compare(output, with: item))
            }
        }
        return zip(runtime.engines, largest).map { engine, difference in
            Agreement(
                engine: engine.name,
                precision: engine.precision,
                maximumProbabilityDifference: difference,
                bound: bound
            )
        }
    }

    /// The allowed difference: the card's tolerance for the image, and its bound for the precision.
    private func tolerance(of item: ModelCard.SelfTestCase) -> Double {
        let reduced = runtime.pack.card.reducedPrecision[runtime.configuration.precision]
        return item.tolerance + (reduced?.maximumProbabilityDifference ?? 0)
    }

    private func compare(
        _ output: EngineOutput,
        with item: ModelCard.SelfTestCase
    ) throws(ModelRuntimeError) -> Double {
        let subject = "\(item.image), \(output.engine)"
        let best = output.probabilities.first?.top(1).first
        let label = best.map { runtime.pack.labels[$0.index] }
        guard let best, label == item.label else {
            throw ModelRuntimeError(
                .selfTestLabel,
                subject: subject,
                expected: item.label,
                found: label ?? "none"
            )
        }
        let difference = abs(Double(best.probability) - item.probability)
        let tolerance = tolerance(of: item)
        guard difference <= tolerance else {
            throw ModelRuntimeError(
                .selfTestProbability,
                subject: subject,
                expected: "\(item.probability) within \(tolerance)",
                found: "\(best.probability)"
            )
        }
        return difference
    }
}
