import CImageCodecs
import Foundation
import TestSupport
import Testing

@testable import Inference

@Suite(
    "Pillow and torchvision agree",
    .enabled(if: OutsideTool.python.isReady, "run Scripts/setup.sh test")
)
struct ImageOracleTests {
    /// The oracle's images are as small as one pixel, and none is larger than its own bound.
    private let decoder: ImageDecoder = {
        var limits = ImageLimits()
        limits.minimumSide = 1
        limits.maximumPixels = 1 << 20
        return ImageDecoder(limits: limits)
    }()

    @Test func `every image decodes to Pillow's pixels`() async throws {
        let oracle = try await ImageOracle.shared.value
        #expect(oracle.cases.count >= 400)
        for image in oracle.cases {
            do {
                let decoded = try decoder.decode(oracle.bytes(of: image.name))
                let difference = try decoded.firstDifference(from: oracle.pixels(of: image))
                #expect(difference == nil, "\(image.name)")
            } catch {
                Issue.record("\(image.name): \(error)")
            }
        }
    }

    @Test(arguments: [ResampleKernel.portable, resampleFastestKernel()])
    func `every image resizes to Pillow's pixels`(kernel: ResampleKernel) async throws {
        let oracle = try await ImageOracle.shared.value
        for image in oracle.cases {
            let (width, height) = (image.resizedWidth, image.resizedHeight)
            let resized = try oracle.pixels(of: image)
                .resized(width: width, height: height, columns: 0..<width, rows: 0..<height, kernel: kernel)
            let expected = try RGBImage(
                width: width,
                height: height,
                pixels: oracle.bytes(of: image.name, suffix: ".resized")
            )
            #expect(resized.firstDifference(from: expected) == nil, "\(image.name)")
        }
    }

    @Test func `every image becomes torchvision's numbers to one unit in the last place`() async throws {
        let oracle = try await ImageOracle.shared.value
        for image in oracle.cases {
            let numbers = try image.preprocessing.apply(to: oracle.pixels(of: image))
            let expected = try oracle.numbers(of: image)
            try #require(numbers.count == expected.count)
            // Nearly all are the same to the bit, which is quicker to see.
            guard numbers != expected else { continue }
            let farthest = zip(numbers, expected).map { abs(Int64($0.bitPattern) - Int64($1.bitPattern)) }.max()
            #expect(try #require(farthest) <= 1, "\(image.name)")
        }
    }

    @Test func `a damaged image is refused unless Pillow decodes the same pixels`() async throws {
        let oracle = try await ImageOracle.shared.value
        var accepted = 0
        for image in oracle.damagedCases {
            guard let decoded = try? decoder.decode(oracle.bytes(of: image.name)) else { continue }
            accepted += 1
            let expected = try #require(try oracle.pixels(of: image), "\(image.name)")
            #expect(decoded.firstDifference(from: expected) == nil, "\(image.name)")
        }
        #expect((100..<oracle.damagedCases.count / 2).contains(accepted))
    }
}
