import Foundation
import Inference
import ModelPack

/// The images of a pack with the answers that it must give before it serves.
struct SelfTest {
    let runtime: ModelRuntime

    /// Runs every image through the way that a client's image takes.
    ///
    /// - Throws: `selftest.image-unusable`, `selftest.label-differs` or `selftest.probability-differs` with the image's
    ///   path in the pack; `crosscheck.…` where the engines do not agree.
    func run() async throws {
        for item in runtime.pack.card.selfTest {
            let classification: Classification
            do {
                let bytes = try Data(contentsOf: runtime.pack.location(of: item.image))
                // The bounds for strangers' images are not for the pack's own.
                classification = try await runtime.classify(
                    EncodedImage(bytes: bytes, declaredName: item.image),
                    decodedBy: ImageDecoder()
                )
            } catch let error as ImageError {
                throw ModelRuntimeError(.selfTestImage, subject: item.image, found: error.code.rawValue, cause: error)
            }
            for answer in classification.answers {
                try Self.compare(answer, with: item)
            }
        }
    }

    private static func compare(_ answer: EngineAnswer, with item: ModelCard.SelfTestCase) throws(ModelRuntimeError) {
        let subject = "\(item.image), \(answer.engine)"
        guard let first = answer.top.first, first.label == item.label else {
            throw ModelRuntimeError(
                .selfTestLabel,
                subject: subject,
                expected: item.label,
                found: answer.top.first?.label ?? "none"
            )
        }
        guard abs(Double(first.probability) - item.probability) <= item.tolerance else {
            throw ModelRuntimeError(
                .selfTestProbability,
                subject: subject,
                expected: "\(item.probability) ± \(item.tolerance)",
                found: "\(first.probability)"
            )
        }
    }
}
