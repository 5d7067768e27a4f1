import Diagnostics
import Foundation
import ModelPack
import TestSupport
import Testing

@Suite struct ModelCardTests {
    /// One edit of a good card, and the field that the refusal names.
    struct Edit: Sendable, CustomTestStringConvertible {
        let field: String
        let change: @Sendable (inout [String: Any]) -> Void

        var testDescription: String { field }
    }

    static let edits: [Edit] = [
        Edit(field: "schema") { $0["schema"] = "adyton.model-card/2" },
        Edit(field: "name") { $0["name"] = "../tiny" },
        Edit(field: "version") { $0["version"] = "" },
        Edit(field: "summary") { $0["summary"] = nil },
        Edit(field: "input.shape") { $0["input"] = input(shape: [-1, 3, 9, 8]) },
        Edit(field: "input.shape") { $0["input"] = input(shape: [-1, 4, 8, 8]) },
        Edit(field: "input.dataType") { $0["input"] = input(dataType: "INT8") },
        Edit(field: "dataType") { $0["input"] = input(dataType: "FLOAT") },
        Edit(field: "maximumProbabilityDifference") { $0["crossCheck"] = ["maximumProbabilityDifference": 1.5] },
        Edit(field: "maximumProbabilityDifference") { $0["crossCheck"] = [String: Any]() },
        Edit(field: "tolerance") { $0["selfTest"] = [selfTest(tolerance: -0.1)] },
        Edit(field: "image") { $0["selfTest"] = [selfTest(image: "../a.png")] },
        Edit(field: "selfTest") { $0["selfTest"] = [Any]() },
        Edit(field: "top1") { $0["accuracy"] = ["top1": 98, "images": 1, "dataset": "x"] as [String: Any] },
        Edit(field: "shortSide") { $0["preprocessing"] = ["resize": ["shortSide": 0]] },
        Edit(field: "surprise") { $0["surprise"] = 1 },
        Edit(field: "surprise") { $0["crossCheck"] = ["maximumProbabilityDifference": 0.1, "surprise": 1] },
        Edit(field: "reducedPrecision") {
            $0["reducedPrecision"] = ["bfloat16": ["maximumProbabilityDifference": 1.5]]
        },
        Edit(field: "maximumProbabilityDifference") { $0["reducedPrecision"] = ["bfloat16": [String: Any]()] },
        Edit(field: "float8") { $0["reducedPrecision"] = ["float8": ["maximumProbabilityDifference": 0.1]] },
        Edit(field: "float32") { $0["reducedPrecision"] = ["float32": ["maximumProbabilityDifference": 0.1]] },
        Edit(field: "surprise") {
            $0["reducedPrecision"] = ["bfloat16": ["maximumProbabilityDifference": 0.1, "surprise": 1]]
        },
        Edit(field: "surprise") { card in
            var item = selfTest()
            item["surprise"] = 1
            card["selfTest"] = [item]
        },
    ]

    @Test(arguments: edits)
    func `refuses a card by naming the field`(edit: Edit) throws {
        let error = #expect(throws: ModelPackError.self) { try TinyPack(change: edit.change).open() }
        #expect(error?.code == .cardInvalid)
        let text = try #require(error?.description)
        // A preprocessing that is too short is refused at its first missing key.
        #expect(text.contains(edit.field) || (edit.field == "shortSide" && text.contains("preprocessing")), "\(text)")
    }

    @Test func `refuses a card that is cut anywhere`() throws {
        let pack = try TinyPack()
        let card = try Data(contentsOf: pack.url.appending(path: ModelCard.fileName))
        for length in stride(from: 0, to: card.count, by: 7) {
            #expect(throws: ModelPackError.self) { try ModelCard(json: card.prefix(length)) }
        }
    }

    @Test func `refuses a card that is larger than a card can be`() throws {
        let pack = try TinyPack { $0["summary"] = String(repeating: "x", count: 2 << 20) }
        let error = #expect(throws: ModelPackError.self) { try pack.open() }
        #expect(error?.code == .unreadable)
    }

    private static func input(shape: [Int] = [-1, 3, 8, 8], dataType: String = "FP32") -> [String: Any] {
        ["name": "input", "dataType": dataType, "shape": shape, "description": "pixels"]
    }

    private static func selfTest(image: String = "selftest/a.png", tolerance: Double = 0.01) -> [String: Any] {
        ["image": image, "label": "cat", "probability": 0.9, "tolerance": tolerance]
    }
}
