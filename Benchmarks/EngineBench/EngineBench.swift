import Foundation
import Inference
import ModelPack
import ModelRuntime

/// Measures what no server can beat: an engine on ready tensors, and decoding alone.
///
/// Arguments: a model pack, an engine, threads, an image. Prints one JSON object.
@main
enum EngineBench {
    private struct Report: Encodable {
        /// Images a second by the batch's size.
        let rates: [String: Double]
        /// Seconds of one core to turn the image into a tensor.
        let preparationSeconds: Double
    }

    private static let batchSizes = [1, 4, 8, 16]

    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let kind = EngineKind(rawValue: arguments[2]), let threads = Int(arguments[3])
        else {
            FileHandle.standardError.write(Data("usage: engine-bench PACK onnx|torch THREADS IMAGE\n".utf8))
            exit(64)
        }
        let pack = try ModelPack(opening: URL(filePath: arguments[1]))
        let engine = try await kind.load(pack, options: EngineOptions(threads: threads))
        let file = [UInt8](try Data(contentsOf: URL(filePath: arguments[4])))
        let input = try prepare(file, pack)
        var rates: [String: Double] = [:]
        for size in batchSizes {
            let shape = [size] + pack.card.input.tensor.shape.dropFirst()
            let elements = (0..<size).flatMap { _ in input }
            let batch = TensorBatch([Tensor(name: pack.card.input.tensor.name, shape: shape, elements: elements)])
            let seconds = try await median(rounds: 15) { _ = try await engine.run(batch) }
            rates["\(size)"] = Double(size) / seconds
        }
        let preparation = try await median(rounds: 50) { _ = try prepare(file, pack) }
        let report = Report(rates: rates, preparationSeconds: preparation)
        print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
    }

    private static func prepare(_ file: [UInt8], _ pack: ModelPack) throws -> [Float] {
        let image = try ImageDecoder(limits: ImageLimits()).decode(file)
        return pack.card.preprocessing.apply(to: image)
    }

    private static func median(
        rounds: Int,
        _ work: @Sendable () async throws -> Void
    ) async throws -> Double {
        let clock = ContinuousClock()
        var seconds: [Double] = []
        for round in 0..<rounds + 3 {
            let start = clock.now
            try await work()
            let duration = (clock.now - start).components
            // The first runs warm the caches and the engine's own plans.
            if round >= 3 {
                seconds.append(Double(duration.seconds) + Double(duration.attoseconds) / 1e18)
            }
        }
        return seconds.sorted()[rounds / 2]
    }
}
