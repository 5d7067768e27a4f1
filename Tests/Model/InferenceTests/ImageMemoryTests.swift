import Foundation
import Testing

@testable import Inference

@Suite("The memory of images")
struct ImageMemoryTests {
    @Test func `a refused bomb takes none`() async {
        await #expect(processExitsWith: .success) {
            let peak = PeakMemory()
            for (width, height) in [(65_500, 65_500), (2_147_483_647, 1_000_000)] {
                _ = try? ImageDecoder().decode(ImageSamples.header(width: width, height: height))
            }
            _ = try? ImageDecoder().decode(ImageSamples.jpegClaiming(width: 65_500, height: 65_500))
            #expect(peak.growthInBytes < 8 << 20)
        }
    }

    @Test func `a progressive image takes no more than its limit and its pixels`() async {
        await #expect(processExitsWith: .success) {
            let file = ImageSamples.progressive(scans: 3, width: 5000, height: 5000)
            let peak = PeakMemory()
            var limits = ImageLimits()
            limits.maximumDecoderMemoryInBytes = 64 << 20
            _ = try? ImageDecoder(limits: limits).decode(file)
            #expect(peak.growthInBytes < (64 + 75 + 8) << 20)
        }
    }

    @Test func `a thin image that is blown up takes memory for the crop only`() async {
        await #expect(processExitsWith: .success) {
            let preprocessing = try Preprocessing(
                shortSide: 256,
                cropWidth: 224,
                cropHeight: 224,
                mean: [0, 0, 0],
                standardDeviation: [1, 1, 1]
            )
            let tall = RGBImage(width: 8, height: 60_000, pixels: [UInt8](repeating: 7, count: 8 * 60_000 * 3))
            let wide = RGBImage(width: 60_000, height: 8, pixels: tall.pixels)
            let peak = PeakMemory()
            #expect(preprocessing.apply(to: tall).allSatisfy { $0 == 7.0 / 255 })
            #expect(preprocessing.apply(to: wide).allSatisfy { $0 == 7.0 / 255 })
            #expect(peak.growthInBytes < 8 << 20)
        }
    }
}

/// What a process of its own needs from here on.
private struct PeakMemory {
    private let start = Self.inBytes()

    /// How much the highest use has risen.
    var growthInBytes: Int { Self.inBytes() - start }

    /// The peak of this process alone; `getrusage` would begin with its parent's.
    private static func inBytes() -> Int {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = Int(line.filter(\.isNumber))
        else { preconditionFailure("Linux says how much memory a process has had") }
        return kibibytes << 10
    }
}
