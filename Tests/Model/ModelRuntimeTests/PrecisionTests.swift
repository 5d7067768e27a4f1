import Foundation
import Inference
import ModelPack
import ModelRuntime
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct PrecisionTests {
    private static let original = ProjectFolder.root.appending(path: "Models/signal-flags")

    @Test func `does not run in a precision of which the card says nothing`() async throws {
        let error = await #expect(throws: ModelRuntimeError.self) {
            try await load(.torch, reducedPrecision: nil)
        }
        #expect(error?.code == .precisionNotAllowed)
    }

    @Test func `says that ONNX Runtime has none but float32`() async throws {
        let error = await #expect(throws: EngineError.self) { try await load(.onnx, reducedPrecision: 0.5) }
        #expect(error?.code == .precisionUnsupported)
        #expect(error?.found == "bfloat16")
    }

    @Test func `holds the self-test to the card's bound, and says how near the answers came`() async throws {
        do {
            let runtime = try await load(.torch, reducedPrecision: 0.5)
            let agreement = try #require(runtime.agreements.first)
            #expect(agreement.precision == .bfloat16 && agreement.engine == "PyTorch")
            #expect(agreement.maximumProbabilityDifference > 0)
            #expect(agreement.maximumProbabilityDifference <= agreement.bound)
            // The same with a bound that the answers just miss, less what the card grants every engine.
            let missed = agreement.maximumProbabilityDifference - 0.0021
            guard missed > 0 else { return }
            let error = await #expect(throws: ModelRuntimeError.self) {
                try await load(.torch, reducedPrecision: missed)
            }
            #expect(error?.code == .selfTestProbability)
        } catch let error as EngineError {
            // A processor that does not multiply such numbers, or a build without PyTorch.
            #expect([.precisionUnsupported, .notBuilt, .libraryMissing].contains(error.code))
        }
    }

    @Test func `measures what runs, leaves out what does not with the reason, and recommends`() async throws {
        let pack = try ModelPack(opening: Self.original)
        var plan = PackBenchmark.Plan()
        plan.engines = [.onnx]
        plan.threads = [1]
        plan.batches = [1, 4]
        plan.duration = .milliseconds(20)
        let benchmark = PackBenchmark(pack, plan: plan)
        var steps = 0
        let report = try await benchmark.run { steps += 1 }
        #expect(steps == benchmark.stepCount)
        #expect(report.settings.map(\.batch) == [1, 4])
        #expect(report.settings.allSatisfy { $0.rate > 0 && $0.median <= $0.ninetyNinth })
        #expect(report.leftOut.map(\.precision) == [.bfloat16])
        #expect(report.leftOut.first?.reason.contains("runtime.precision-not-allowed") == true)
        #expect(report.agreements.map(\.engine) == ["ONNX Runtime"])
        let best = try #require(report.recommendations.first)
        #expect(best.engines == [.onnx] && best.threads == 1 && [1, 4].contains(best.maximumBatch))
    }

    @Test func `fails where nothing at all runs`() async throws {
        var plan = PackBenchmark.Plan()
        plan.precisions = [.bfloat16]
        plan.duration = .milliseconds(1)
        let benchmark = PackBenchmark(try ModelPack(opening: Self.original), plan: plan)
        let error = await #expect(throws: ModelRuntimeError.self) { try await benchmark.run {} }
        #expect(error?.code == .engineMissing)
    }

    /// Loads the bundled pack in bfloat16, with a bound in its card or none.
    private func load(_ engine: EngineKind, reducedPrecision bound: Double?) async throws -> ModelRuntime {
        let folder = try TemporaryFolder()
        let place = folder.url.appending(path: "pack")
        try FileManager.default.copyItem(at: Self.original, to: place)
        if let bound {
            let file = place.appending(path: "model-card.json")
            var card = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
            card["reducedPrecision"] = ["bfloat16": ["maximumProbabilityDifference": bound]]
            try JSONSerialization.data(withJSONObject: card).write(to: file)
        }
        var configuration = ModelRuntime.Configuration()
        configuration.engines = [engine]
        configuration.precision = .bfloat16
        defer { withExtendedLifetime(folder) {} }
        return try await ModelRuntime.load(try ModelPack(opening: place), configuration: configuration)
    }
}
