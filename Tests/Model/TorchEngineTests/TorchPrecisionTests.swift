#if Torch
import Foundation
import Inference
import TestSupport
import Testing
import TorchEngine

@Suite(.enabled(if: OutsideTool.python.isReady, "Scripts/setup.sh test brings Python with PyTorch"))
struct TorchPrecisionTests {
    private static let multipliesBFloat16 =
        (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.contains("avx512_bf16") == true

    @Test(
        .enabled(if: multipliesBFloat16, "this processor has no AVX512_BF16"),
        arguments: ["linear", "convolution", "traced", "pair"]
    )
    func `answers nearly what Python answers in float32, and not the same`(model: String) async throws {
        let cases = try await TorchModels.shared.value.cases.filter { $0.model == model }
        let engine = try await TorchModels.engine(model, precision: .bfloat16)
        #expect(engine.precision == .bfloat16)
        var largest: Float = 0
        for example in cases {
            let inputs = example.inputs.map(\.tensor)
            let answer = try await engine.run(TensorBatch(inputs))
            #expect(inputs == example.inputs.map(\.tensor), "the caller's numbers are the caller's")
            for (given, expected) in zip(answer.tensors, example.outputs) {
                #expect(given.shape == expected.shape)
                for (one, other) in zip(given.elements, expected.elements) {
                    // Eight bits of mantissa in weights and inputs, and again in what flows between layers.
                    #expect(abs(one - other) <= 0.05 * max(1, abs(other)))
                    largest = max(largest, abs(one - other))
                }
            }
        }
        #expect(largest > 0, "float32 would give the very same numbers")
    }

    @Test(.enabled(if: multipliesBFloat16, "this processor has no AVX512_BF16"))
    func `refuses a module whose weights were fixed before it was saved`() async throws {
        let error = await #expect(throws: EngineError.self) {
            try await TorchModels.engine("frozen", precision: .bfloat16)
        }
        #expect(error?.code == .precisionUnsupported)
        #expect(error?.expected == "bfloat16")
    }

    @Test(.enabled(if: !multipliesBFloat16, "this processor has AVX512_BF16"))
    func `refuses where the processor multiplies no such numbers`() async throws {
        let error = await #expect(throws: EngineError.self) {
            try await TorchModels.engine("linear", precision: .bfloat16)
        }
        #expect(error?.code == .precisionUnsupported)
    }
}
#endif
