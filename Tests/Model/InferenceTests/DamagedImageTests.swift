import Testing

@testable import Inference

@Suite("Damaged images")
struct DamagedImageTests {
    /// A right file, which a test's output calls by its name.
    struct Sample: CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
    }

    private static let samples = [
        Sample(testDescription: "baseline JPEG", bytes: ImageSamples.jpeg),
        Sample(testDescription: "progressive JPEG", bytes: ImageSamples.progressive(scans: 883)),
        Sample(testDescription: "PNG", bytes: ImageSamples.png()),
        Sample(
            testDescription: "PNG with text",
            bytes: ImageSamples.png(extra: ImageSamples.chunk("tEXt", Array("Comment\0words".utf8)))
        ),
    ]
    private static let decoder: ImageDecoder = {
        var limits = ImageLimits()
        limits.maximumPixels = 1 << 16
        limits.maximumScans = 1000
        return ImageDecoder(limits: limits)
    }()

    @Test(arguments: samples)
    func `a file cut anywhere is refused as empty or truncated`(sample: Sample) throws {
        let sample = sample.bytes
        _ = try Self.decoder.decode(sample)
        for count in sample.indices {
            let error = #expect(throws: ImageError.self) { try Self.decoder.decode(Array(sample[..<count])) }
            #expect(error?.code == (count == 0 ? .empty : .truncated), "\(count) bytes")
        }
    }

    @Test(arguments: samples)
    func `a file with any bit flipped gives an image or an error`(sample: Sample) {
        let sample = sample.bytes
        var accepted = 0
        for index in sample.indices {
            for bit in 0..<8 {
                var damaged = sample
                damaged[index] ^= 1 << bit
                do throws(ImageError) {
                    let image = try Self.decoder.decode(damaged)
                    #expect(image.width * image.height <= Self.decoder.limits.maximumPixels)
                    accepted += 1
                } catch {
                    #expect(error.description.hasSuffix("."))
                }
            }
        }
        // Headers and tables, but not most bits, may be changed without breaking a rule.
        #expect(accepted < sample.count * 8)
    }

    @Test func `a PNG with any bit flipped is refused`() {
        let sample = ImageSamples.png()
        for index in sample.indices {
            var damaged = sample
            damaged[index] ^= 0x10
            #expect(throws: ImageError.self, "byte \(index)") { try Self.decoder.decode(damaged) }
        }
    }
}
