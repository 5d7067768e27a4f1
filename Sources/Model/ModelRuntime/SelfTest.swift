import Foundation
import Inference
import InferenceProtocol
import ModelPack

/// A pack's self-test: images and stored tensors with the results that it must give before it serves.
struct SelfTest {
    let runtime: ModelRuntime

    /// Runs every image in the same way as a client's image.
    ///
    /// - Returns: How far each engine's results differ from the card's.
    /// - Throws: `selftest.image-unusable`, `selftest.label-differs`, `selftest.probability-differs` or
    ///   `selftest.tensor-differs` with the file's path in the pack; `crosscheck.…` where the engines do not agree.
    func run() async throws -> [Agreement] {
        var largest = [Double](repeating: 0, count: runtime.engines.count)
        var bound = 0.0
        for item in runtime.pack.card.selfTest {
            let result: InferenceResult
            do {
                let bytes = try Data(contentsOf: runtime.pack.location(of: item.image))
                // The server's limits of untrusted images do not apply to the pack's own.
                let image = EncodedImage(bytes: bytes, declaredName: item.image)
                result = try await runtime.infer(
                    [EncodedImage](repeating: image, count: runtime.fixedImageCount ?? 1),
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
        for (index, test) in runtime.pack.card.tensorTests.enumerated() {
            let differences = try await run(test, number: index)
            bound = max(bound, test.outputs.values.map(\.absolute).max() ?? 0)
            largest = zip(largest, differences).map { max($0, $1) }
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

    /// Runs stored tensors, and compares every engine's outputs with the stored ones.
    private func run(_ test: ModelCard.TensorTest, number: Int) async throws -> [Double] {
        let inputs = try test.inputs.sorted { $0.key < $1.key }.map { name, path in
            try runtime.pack.tensor(at: path, name: name)
        }
        let result = try await runtime.infer(TensorBatch(inputs), options: InferenceOptions())
        var largest = [Double](repeating: 0, count: result.outputs.count)
        for (name, expected) in test.outputs.sorted(by: { $0.key < $1.key }) {
            let stored = try runtime.pack.tensor(at: expected.file, name: name)
            for (index, output) in result.outputs.enumerated() {
                guard let tensor = TensorBatch(output.tensors)[name], tensor.dataType == stored.dataType,
                    tensor.shape == stored.shape
                else {
                    throw ModelRuntimeError(
                        .selfTestTensor,
                        subject: "selfTest[\(number)], \(output.engine): \(name)",
                        expected: "\(stored.dataType.rawValue) \(stored.shape)",
                        found: "\(output.tensors.map(\.shape))"
                    )
                }
                let tolerance = (expected.absolute, expected.relative)
                let difference = OutputComparison.difference(stored.content, tensor.content, tolerance)
                guard difference.isWithin else {
                    throw ModelRuntimeError(
                        .selfTestTensor,
                        subject: "selfTest[\(number)], \(output.engine): \(name)",
                        expected:
                            "\(expected.file) within \(expected.absolute), and \(expected.relative) of the number",
                        found: "\(difference.largest)"
                    )
                }
                largest[index] = max(largest[index], difference.largest)
            }
        }
        return largest
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
