import Foundation
import StrictJSON
import Testing

@testable import Inference

@Suite("Preprocessing")
struct PreprocessingTests {
    private static let card = """
        {"colorMode":"RGB","crop":{"anchor":"center","height":224,"width":200},"mean":[0.485,0.456,0.406],\
        "resize":{"antialias":true,"interpolation":"bilinear","shortSide":256},"standardDeviation":[0.229,0.224,0.225]}
        """

    private func read(_ card: String) throws -> Preprocessing {
        try JSONText.decode(from: Array(card.utf8))
    }

    @Test func `a model card's description is read and written alike`() throws {
        let preprocessing = try read(Self.card)
        #expect(preprocessing.shortSide == 256)
        #expect((preprocessing.cropWidth, preprocessing.cropHeight) == (200, 224))
        #expect(preprocessing.mean == [0.485, 0.456, 0.406])
        #expect(preprocessing.standardDeviation == [0.229, 0.224, 0.225])
        #expect(preprocessing.count == 3 * 224 * 200)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(try String(decoding: encoder.encode(preprocessing), as: UTF8.self) == Self.card)
    }

    @Test(arguments: [
        ("\"RGB\"", "\"BGR\"", "colorMode"), ("bilinear", "bicubic", "resize.interpolation"),
        ("true", "false", "resize.antialias"), ("center", "left", "crop.anchor"),
        ("\"mean\"", "\"gamma\":2,\"mean\"", "gamma"), ("\"width\"", "\"padding\":1,\"width\"", "crop.padding"),
        ("\"shortSide\"", "\"maxSize\":9,\"shortSide\"", "resize.maxSize"), ("256", "0", "resize.shortSide"),
        ("256", "4097", "resize.shortSide"), ("200", "-1", "crop.width"), ("224,", "5000,", "crop.height"),
        ("[0.485,", "[", "mean"), ("0.485", "1e39", "mean"), ("0.229", "0", "standardDeviation"),
        ("0.229", "-1", "standardDeviation"), ("0.229", "1e-46", "standardDeviation"),
        ("0.225]", "0.225,1]", "standardDeviation"),
    ])
    func `what is not understood is refused`(old: String, new: String, subject: String) {
        let error = #expect(throws: JSONError.self) {
            try read(Self.card.replacingOccurrences(of: old, with: new))
        }
        #expect(error.map { [.value, .unknownKey].contains($0.reason) } == true)
        #expect(error?.description.contains(subject) == true, "\(String(describing: error))")
    }

    @Test(arguments: ["\"colorMode\":\"RGB\",", "\"anchor\":\"center\",", "\"antialias\":true,"])
    func `a missing field is refused`(field: String) {
        #expect(throws: JSONError.self) { try read(Self.card.replacingOccurrences(of: field, with: "")) }
    }

    @Test func `a fractional length is refused`() {
        #expect(throws: JSONError.self) { try read(Self.card.replacingOccurrences(of: "256", with: "25.5")) }
    }

    @Test func `black fills what a small image lacks`() throws {
        let preprocessing = try Preprocessing(
            shortSide: 2,
            cropWidth: 5,
            cropHeight: 3,
            mean: [0, 0.5, 1],
            standardDeviation: [1, 1, 2]
        )
        let white = RGBImage(width: 2, height: 2, pixels: [UInt8](repeating: 255, count: 12))
        let row: [Float] = [0, 1, 1, 0, 0]
        let red = row + row + [0, 0, 0, 0, 0]
        #expect(preprocessing.apply(to: white) == red + red.map { $0 - 0.5 } + red.map { ($0 - 1) / 2 })
    }

    @Test func `errors say in a sentence what is wrong`() {
        let mismatch = ImageError(.typeMismatch, subject: "file name", expected: "PNG", found: "JPEG")
        #expect(mismatch.description == "The file name does not fit what the file contains: expected PNG, found JPEG.")
        for code in ImageError.Code.allCases {
            let sentence = ImageError(code, subject: "width", found: "3").description
            #expect(sentence.first?.isUppercase == true && sentence.hasSuffix("."))
            #expect(code.rawValue.hasPrefix("image."))
        }
    }
}
