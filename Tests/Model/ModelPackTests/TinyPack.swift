import Crypto
import Foundation
import ModelPack
import TestSupport

/// A pack of a few bytes whose card fits its files, to be broken by a test.
struct TinyPack {
    let folder: TemporaryFolder
    var url: URL { folder.url }

    /// - Parameters:
    ///   - labels: The content of `labels.txt`.
    ///   - change: Edits the card before it is written.
    /// - Throws: Foundation's error where a file cannot be written.
    init(labels: String = "cat\ndog\n", change: (inout [String: Any]) -> Void = { _ in }) throws {
        folder = try TemporaryFolder()
        let files = [
            "labels.txt": labels, "model.onnx": "not a model", "model.pt": "nor this", "selftest/a.png": "image",
        ]
        var entries: [String: Any] = [:]
        for (path, content) in files {
            let place = folder.url.appending(path: path)
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            let data = Data(content.utf8)
            try data.write(to: place)
            let digest = SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined()
            entries[path] = ["sha256": digest, "bytes": data.count] as [String: Any]
        }
        var card = Self.card
        card["files"] = entries
        change(&card)
        try write(card)
    }

    /// Opens the pack while its folder is kept.
    func open(expecting digest: ContentDigest? = nil) throws -> ModelPack {
        try withExtendedLifetime(folder) { try ModelPack(opening: folder.url, expecting: digest) }
    }

    func write(_ card: [String: Any]) throws {
        try JSONSerialization.data(withJSONObject: card).write(to: url.appending(path: "model-card.json"))
    }

    private static var card: [String: Any] {
        [
            "schema": "adyton.model-card/1",
            "name": "tiny",
            "version": "1.0.0",
            "licence": "Apache-2.0",
            "summary": "Nothing.",
            "intendedUse": "Tests.",
            "limitations": "All.",
            "input": ["name": "input", "dataType": "FP32", "shape": [-1, 3, 8, 8], "description": "pixels"],
            "output": [
                "name": "logits", "dataType": "FP32", "shape": [-1, 2], "activation": "softmax",
                "description": "scores",
            ],
            "preprocessing": [
                "colorMode": "RGB",
                "resize": ["shortSide": 8, "interpolation": "bilinear", "antialias": true] as [String: Any],
                "crop": ["width": 8, "height": 8, "anchor": "center"] as [String: Any],
                "mean": [0.5, 0.5, 0.5],
                "standardDeviation": [0.5, 0.5, 0.5],
            ] as [String: Any],
            "accuracy": ["top1": 0.5, "images": 2, "dataset": "a coin"] as [String: Any],
            "crossCheck": ["maximumProbabilityDifference": 0.0001],
            "selfTest": [
                ["image": "selftest/a.png", "label": "cat", "probability": 0.9, "tolerance": 0.01] as [String: Any]
            ],
        ]
    }
}
