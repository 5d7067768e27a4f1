import Foundation
import TestSupport

@testable import Inference

/// Images of every kind, with what Pillow and torchvision make of them.
struct ImageOracle {
    /// One image and its expected results, which lie in files beside it.
    struct Case: Decodable {
        let name: String
        let width: Int
        let height: Int
        let resizedWidth: Int
        let resizedHeight: Int
        let preprocessing: Preprocessing
    }

    /// A damaged image, and the size of what Pillow decodes all the same.
    struct DamagedCase: Decodable {
        let name: String
        let width: Int?
        let height: Int?
    }

    /// All images.
    let cases: [Case]
    /// Images with a few bytes changed.
    let damagedCases: [DamagedCase]
    private let folder: TemporaryFolder

    /// Made once for all tests that ask for it.
    static let shared = Task { try await ImageOracle() }

    /// Where the script that makes them lies.
    private static let script = ProjectFolder.root.appending(path: "Tests/Oracles/images.py")
    private static let photographs = ["automotive.jpg", "dog.jpg", "strawberries.jpg"]

    private init() async throws {
        folder = try TemporaryFolder()
        let files = Self.photographs.compactMap { ProjectFolder.shared("images/\($0)")?.path }
        let output = try await OutsideTool.python.run(["-W", "ignore", Self.script.path, folder.url.path] + files)
        guard output.status == 0 else { throw Failure(message: output.standardError) }
        let list = try Data(contentsOf: folder.url.appending(path: "cases.json"))
        cases = try JSONDecoder().decode([Case].self, from: list)
        let damagedList = try Data(contentsOf: folder.url.appending(path: "damaged.json"))
        damagedCases = try JSONDecoder().decode([DamagedCase].self, from: damagedList)
    }

    /// A file of a case: the image itself without a suffix, or a result.
    func bytes(of name: String, suffix: String = "") throws -> [UInt8] {
        try [UInt8](Data(contentsOf: folder.url.appending(path: name + suffix)))
    }

    /// The pixels that Pillow decodes from a damaged file; nil where it raises.
    func pixels(of image: DamagedCase) throws -> RGBImage? {
        guard let width = image.width, let height = image.height else { return nil }
        return try RGBImage(width: width, height: height, pixels: bytes(of: image.name, suffix: ".rgb"))
    }

    /// The pixels that Pillow decodes.
    func pixels(of image: Case) throws -> RGBImage {
        try RGBImage(width: image.width, height: image.height, pixels: bytes(of: image.name, suffix: ".rgb"))
    }

    /// The numbers that torchvision makes of the pixels.
    func numbers(of image: Case) throws -> [Float] {
        let bytes = try bytes(of: image.name, suffix: ".tensor")
        // Proof: every bit pattern is a Float, and a short rest is left out.
        return unsafe bytes.withUnsafeBytes { unsafe Array($0.assumingMemoryBound(to: Float.self)) }
    }

    /// The script's own error.
    struct Failure: Error {
        let message: String
    }
}

extension RGBImage {
    /// Where two images begin to differ, for a test's message; nil where they are the same.
    func firstDifference(from other: RGBImage) -> String? {
        guard (width, height) == (other.width, other.height) else {
            return "\(width) x \(height) instead of \(other.width) x \(other.height)"
        }
        guard self != other, let index = pixels.indices.first(where: { pixels[$0] != other.pixels[$0] }) else {
            return nil
        }
        let (pixel, channel) = index.quotientAndRemainder(dividingBy: Self.channels)
        let count = zip(pixels, other.pixels).count { $0 != $1 }
        return """
            column \(pixel % width), row \(pixel / width), channel \(channel): \(pixels[index]) instead of \
            \(other.pixels[index]); \(count) of \(pixels.count) bytes differ
            """
    }
}
