import Foundation
import Inference
import ModelPack
import StrictJSON

/// All that a model pack says of itself.
struct PackReport {
    private let pack: ModelPack

    init(_ pack: ModelPack) {
        self.pack = pack
    }

    /// A document with the pack's digest, its card, its labels, and its files.
    func json() throws -> String {
        let document: JSONValue = [
            "digest": .string("\(pack.digest)"),
            "card": JSONValue(try JSONText(Array(pack.cardDocument)).root),
            "labels": .array(pack.labels.map { .string($0) }),
            "files": .array(
                pack.files.map {
                    ["path": .string($0.path), "bytes": .integer($0.byteCount), "sha256": .string("\($0.digest)")]
                }
            ),
        ]
        return try document.report()
    }

    /// The same for a person, on standard output.
    var text: String { formatted(.output) }

    private func formatted(_ style: TextStyle) -> String {
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
                    + "centre \(preprocessing.cropWidth) x \(preprocessing.cropHeight), "
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
        var text = style.wrapped(facts.map { Self.line($0.0, $0.1) }.joined(), hang: 15)
        text += "Self-test\n"
        for item in card.selfTest {
            text +=
                "  \(item.image): \(item.label) with \(item.probability) \(style.mark(.tolerance)) \(item.tolerance)\n"
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
        labels.count <= 30 ? labels.joined(separator: ", ") : labels.prefix(10).joined(separator: ", ") + ", ..."
    }
}
