import Foundation
import Inference
import ModelPack

/// All that a model pack says of itself.
struct PackReport {
    private let pack: ModelPack

    init(_ pack: ModelPack) {
        self.pack = pack
    }

    /// A document with the pack's digest, its card as it stands, its labels, and its files.
    func json() throws -> String {
        let document: [String: Any] = [
            "digest": "\(pack.digest)",
            "card": try JSONSerialization.jsonObject(with: pack.cardDocument),
            "labels": pack.labels,
            "files": pack.files.map {
                ["path": $0.path, "bytes": $0.byteCount, "sha256": "\($0.digest)"] as [String: Any]
            },
        ]
        let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try JSONSerialization.data(withJSONObject: document, options: options), as: UTF8.self)
            + "\n"
    }

    /// The same for a person.
    var text: String {
        let card = pack.card
        let preprocessing = card.preprocessing
        var facts = [
            ("Model", "\(card.name) \(card.version)"),
            ("Digest", "\(pack.digest)"),
            ("Licence", card.licence),
            ("Summary", card.summary),
            ("Intended use", card.intendedUse),
            ("Limitations", card.limitations),
            ("Input", "\(card.input.tensor.name) \(Self.shape(card.input.tensor.shape)): \(card.input.meaning)"),
            ("Output", "\(card.output.tensor.name) \(Self.shape(card.output.tensor.shape)): \(card.output.meaning)"),
            (
                "Preprocessing",
                "short side to \(preprocessing.shortSide) (bilinear, antialiased), "
                    + "centre \(preprocessing.cropWidth) × \(preprocessing.cropHeight), "
                    + "mean \(preprocessing.mean), standard deviation \(preprocessing.standardDeviation)"
            ),
            ("Cross-check", "probabilities differ by at most \(card.crossCheck.maximumProbabilityDifference)"),
        ]
        if let accuracy = card.accuracy {
            let top5 = accuracy.top5.map { ", \(Self.percent($0)) top-5" } ?? ""
            facts.append(
                ("Accuracy", "\(Self.percent(accuracy.top1)) top-1\(top5) of \(accuracy.images): \(accuracy.dataset)")
            )
        } else {
            facts.append(("Accuracy", "not measured"))
        }
        facts.append(("Labels", "\(pack.labels.count): \(Self.abridged(pack.labels))"))
        var text = facts.map { Self.line($0.0, $0.1) }.joined()
        text += "Self-test\n"
        for item in card.selfTest {
            text += "  \(item.image): \(item.label) with \(item.probability) ± \(item.tolerance)\n"
        }
        text += "Files\n"
        for file in pack.files {
            text += "  \(file.digest)  \(file.byteCount)  \(file.path)\n"
        }
        return text
    }

    private static func line(_ name: String, _ value: String) -> String {
        name + String(repeating: " ", count: 15 - name.count) + value + "\n"
    }

    private static func shape(_ sizes: [Int]) -> String {
        "[" + sizes.map { $0 < 0 ? "any" : "\($0)" }.joined(separator: ", ") + "]"
    }

    private static func percent(_ share: Double) -> String {
        String(format: "%.2f %%", share * 100)
    }

    private static func abridged(_ labels: [String]) -> String {
        labels.count <= 30 ? labels.joined(separator: ", ") : labels.prefix(10).joined(separator: ", ") + ", …"
    }
}
