#if Onnx
import Foundation
import Inference
import OnnxEngine
import TestSupport
import Testing

@Suite(.enabled(if: OutsideTool.python.isReady, "Scripts/setup.sh test brings Python with ONNX Runtime"))
struct OnnxGrowthTests {
    @Test func `does not grow over 10,000 runs of varying batch size`() async throws {
        // In a process of its own: here the other tests take and give back memory meanwhile.
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let engine = try await OnnxModels.engine("convolution", threads: 1)
            let batches = try await OnnxModels.shared.value.cases.filter { $0.model == "convolution" }
                .map { TensorBatch($0.inputs.map(\.tensor)) }
            var kilobytes: [Int] = []
            for index in 0...12_000 {
                if index % 2_000 == 0 { kilobytes.append(try ResidentMemory.kilobytes()) }
                _ = try await engine.run(batches[index % batches.count])
            }
            print("resident KiB after 0, 2000, … 12000 runs: \(kilobytes)")
            #expect(kilobytes[6] - kilobytes[1] < 512)
        }
        print(
            "Onnx:",
            String(decoding: result?.standardOutputContent ?? [], as: UTF8.self).split(separator: "\n").last {
                $0.contains("resident KiB")
            } ?? ""
        )
    }
}
#endif
