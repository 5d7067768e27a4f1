import CImageCodecs
import Testing

@testable import Inference

@Suite("Resizing")
struct ResizeTests {
    /// Source and result: down, up, one side kept, along the columns first, thinner than a kernel's step.
    static let sizes = [
        (61, 47, 17, 13), (13, 17, 47, 61), (40, 40, 40, 9), (40, 40, 9, 40), (9, 200, 7, 30), (200, 9, 30, 7),
        (1, 1, 5, 5), (2, 3, 1, 1), (3, 90, 2, 40), (5, 5, 5, 5), (64, 1, 1, 64), (30, 500, 29, 21),
    ]

    private func image(_ width: Int, _ height: Int) -> RGBImage {
        var state: UInt32 = 1
        let pixels = (0..<width * height * 3).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    /// A part of an image, pixel by pixel.
    private func part(of image: RGBImage, columns: Range<Int>, rows: Range<Int>) -> RGBImage {
        let pixels = rows.flatMap { row in
            image.pixels[(row * image.width + columns.lowerBound) * 3..<(row * image.width + columns.upperBound) * 3]
        }
        return RGBImage(width: columns.count, height: rows.count, pixels: pixels)
    }

    @Test(arguments: sizes)
    func `every kernel gives the same bytes`(size: (Int, Int, Int, Int)) {
        let (width, height) = (size.2, size.3)
        let results = [ResampleKernel.portable, resampleFastestKernel()].map { kernel in
            image(size.0, size.1)
                .resized(width: width, height: height, columns: 0..<width, rows: 0..<height, kernel: kernel)
        }
        #expect(results[0].firstDifference(from: results[1]) == nil)
    }

    @Test(arguments: sizes)
    func `a part is the same as that part of the whole`(size: (Int, Int, Int, Int)) {
        let (source, width, height) = (image(size.0, size.1), size.2, size.3)
        let whole = source.resized(width: width, height: height)
        for (columns, rows) in [
            (0..<1, 0..<1), (width - 1..<width, height - 1..<height), (width / 3..<width, 0..<(height + 1) / 2),
        ] {
            let difference = source.resized(width: width, height: height, columns: columns, rows: rows)
                .firstDifference(from: part(of: whole, columns: columns, rows: rows))
            #expect(difference == nil)
        }
    }

    @Test func `a part far inside a huge result is computed alone`() {
        let source = image(4, 7)
        let far = source.resized(width: 1 << 20, height: 1 << 20, columns: 600_000..<600_003, rows: 700_000..<700_002)
        #expect((far.width, far.height) == (3, 2))
    }

    @Test func `an image of the wanted size stays as it is`() {
        let source = image(33, 21)
        #expect(source.resized(width: 33, height: 21) == source)
    }

    @Test func `white stays white at every scale`() {
        for width in [1, 2, 3, 7, 64, 255, 1000, 40_000] {
            let white = RGBImage(width: width, height: 2, pixels: [UInt8](repeating: 255, count: width * 6))
            #expect(white.resized(width: 10, height: 3).pixels.allSatisfy { $0 == 255 })
        }
    }
}
