import Testing

@testable import Inference

@Suite("Hostile images")
struct HostileImageTests {
    /// What a file is refused with; nil where it is decoded.
    private func refusal(
        of bytes: [UInt8],
        limits: ImageLimits = ImageLimits(),
        name: String? = nil,
        type: String? = nil
    ) -> ImageError.Code? {
        do {
            _ = try ImageDecoder(limits: limits).decode(bytes, declaredName: name, declaredType: type)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `a file without bytes is refused`() {
        #expect(refusal(of: []) == .empty)
    }

    @Test(arguments: ["GIF89a", "RIFF\0\0\0\0WEBP", "<svg/>", "BM", "\u{0}\u{0}\u{0}\u{0}"])
    func `a file of another format is refused`(start: String) {
        #expect(refusal(of: [UInt8](start.utf8) + [UInt8](repeating: 0, count: 100)) == .formatUnsupported)
    }

    @Test(
        arguments: [
            ("dog.png", nil), ("dog.gif", nil), (nil, "image/png"), ("dog.jpg", "image/webp; q=1"),
            ("a.jpg/../b.PNG", "application/octet-stream"),
        ] as [(String?, String?)]
    )
    func `a JPEG under another format's name is refused`(name: String?, type: String?) {
        #expect(refusal(of: ImageSamples.jpeg, name: name, type: type) == .typeMismatch)
    }

    @Test(
        arguments: [
            ("dog.JPEG", "image/jpeg"), ("dog", "image/*"), ("dog.v2", "application/octet-stream"), ("", ""),
            (nil, nil),
            ("jpg", "image/pjpeg"), ("../../etc/passwd", "text/plain"),
        ] as [(String?, String?)]
    )
    func `a JPEG under its own name or none is decoded`(name: String?, type: String?) {
        #expect(refusal(of: ImageSamples.jpeg, name: name, type: type) == nil)
    }

    @Test func `a PNG under a JPEG's name is refused`() {
        #expect(refusal(of: ImageSamples.png(), name: "dog.jpg") == .typeMismatch)
        #expect(refusal(of: ImageSamples.png(), name: "dog.png", type: "image/png") == nil)
    }

    @Test(arguments: [(1, 1), (1, 60_000), (60_000, 7), (0, 10)])
    func `a side below the limit is refused before decoding`(width: Int, height: Int) {
        #expect(refusal(of: ImageSamples.header(width: width, height: height)) == .tooSmall)
    }

    @Test(arguments: [
        (65_501, 8, ImageError.Code.sideTooLong), (2_147_483_647, 2_147_483_647, .sideTooLong),
        (4_294_967_295, 4_294_967_295, .sideTooLong), (65_500, 65_500, .tooManyPixels), (5001, 5000, .tooManyPixels),
    ])
    func `a bomb is refused by its header`(width: Int, height: Int, code: ImageError.Code) {
        #expect(refusal(of: ImageSamples.header(width: width, height: height)) == code)
        if width <= 65_535 { #expect(refusal(of: ImageSamples.jpegClaiming(width: width, height: height)) == code) }
    }

    @Test func `a side at the limit passes it`() {
        var limits = ImageLimits()
        limits.minimumSide = 16
        limits.maximumPixels = 16 * 16
        limits.maximumSide = 16
        #expect(refusal(of: ImageSamples.jpeg, limits: limits) == nil)
        limits.maximumPixels -= 1
        #expect(refusal(of: ImageSamples.jpeg, limits: limits) == .tooManyPixels)
        limits.maximumSide -= 1
        #expect(refusal(of: ImageSamples.jpeg, limits: limits) == .sideTooLong)
    }

    @Test func `more scans than allowed are refused`() {
        var limits = ImageLimits()
        #expect(refusal(of: ImageSamples.progressive(scans: 883), limits: limits) == .tooManyScans)
        limits.maximumScans = 882
        #expect(refusal(of: ImageSamples.progressive(scans: 883), limits: limits) == .tooManyScans)
        limits.maximumScans = 883
        #expect(refusal(of: ImageSamples.progressive(scans: 883), limits: limits) == nil)
        limits.maximumScannedPixels = 883 * 256 - 1
        #expect(refusal(of: ImageSamples.progressive(scans: 883), limits: limits) == .tooManyScans)
        limits.maximumScannedPixels = 883 * 256
        #expect(refusal(of: ImageSamples.progressive(scans: 883), limits: limits) == nil)
    }

    @Test func `a progressive image without its last scans is refused although it has an end`() {
        #expect(refusal(of: ImageSamples.progressive(scans: 1)) == .truncated)
        #expect(refusal(of: ImageSamples.progressive(scans: 200)) == .truncated)
    }

    @Test func `a progressive image larger than the decoder's memory is refused`() {
        var limits = ImageLimits()
        limits.maximumDecoderMemoryInBytes = 1 << 20
        let bytes = ImageSamples.progressive(scans: 2, width: 2000, height: 2000)
        #expect(refusal(of: bytes, limits: limits) == .outOfMemory)
    }

    @Test func `a wrong checksum in any chunk is refused`() {
        let text = ImageSamples.chunk("tEXt", [UInt8]("Comment\0words".utf8))
        let png = ImageSamples.png(extra: text)
        #expect(refusal(of: png) == nil)
        for start in ImageSamples.chunkStarts(of: png) {
            var damaged = png
            let length = damaged[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
            damaged[start + 8 + length] ^= 1
            #expect(refusal(of: damaged) == .corrupt)
        }
    }

    @Test func `a chunk with a length past the end is refused as truncated`() {
        let text = ImageSamples.chunk("tEXt", [UInt8]("Comment\0words".utf8))
        for length: [UInt8] in [[0x7F, 0xFF, 0xFF, 0xFF], [0x10, 0, 0, 0], [0, 1, 0, 0]] {
            #expect(refusal(of: ImageSamples.png(extra: length + text.dropFirst(4))) == .truncated)
        }
    }

    @Test func `text that inflates to gigabytes costs nothing`() {
        // A zTXt chunk is skipped, whatever it would inflate to.
        let text = ImageSamples.chunk("zTXt", [UInt8]("Comment\0\0".utf8) + [UInt8](repeating: 0x78, count: 100_000))
        #expect(refusal(of: ImageSamples.png(extra: text)) == nil)
    }

    @Test func `pixels behind the image's last are ignored`() {
        #expect(refusal(of: ImageSamples.png(rows: 40)) == nil)
        #expect(refusal(of: ImageSamples.png(rows: 3)) == .corrupt)
    }

    @Test func `an image with a missing end marker is truncated`() {
        #expect(refusal(of: Array(ImageSamples.jpeg.dropLast(2))) == .truncated)
        #expect(refusal(of: Array(ImageSamples.png().dropLast(12))) == .truncated)
    }

    @Test func `a variant that the library lacks is named`() throws {
        var lossless = ImageSamples.jpeg
        let frame = try #require(ImageSamples.marker(0xC0, in: lossless))
        lossless[frame + 1] = 0xC3
        #expect(refusal(of: lossless) == .variantUnsupported)
        var deep = ImageSamples.jpeg
        deep[frame + 4] = 12
        #expect(refusal(of: deep) == .variantUnsupported)
    }
}
