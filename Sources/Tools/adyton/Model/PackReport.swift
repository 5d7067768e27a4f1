import Foundation
import Inference
import InferenceProtocol
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
        var facts = [
            ("Model", "\(card.name) \(card.version)"),
            ("Digest", "\(pack.digest)"),
            ("Licence", card.licence),
            ("Summary", card.summary),
            ("Intended use", card.intendedUse),
            ("Limitations", card.limitations),
        ]
        if let origin = card.origin { facts.insert(("Origin", origin), at: 3) }
        facts += card.inputs.map { port in
            let filler = port.filler.map { " (\($0) where it is left out)" } ?? ""
            return ("Input", "\(Self.tensor(port.tensor))\(filler): \(port.description)")
        }
        facts += card.outputs.map { ("Output", "\(Self.tensor($0.tensor)): \($0.description)") }
        if let preprocessing = card.imageInput?.preprocessing {
            facts.append(
                (
                    "Preprocessing",
                    "short side to \(preprocessing.shortSide) (bilinear, antialiased), "
                        + "centre \(preprocessing.cropWidth) x \(preprocessing.cropHeight), "
                        + "mean \(preprocessing.mean), standard deviation \(preprocessing.standardDeviation)"
                )
            )
        }
        facts.append(("Batch", Self.batch(card)))
        if card.engines.count > 1 {
            facts += card.outputs.map { ("Cross-check", Self.comparison($0, isOnly: card.outputs.count == 1)) }
        } else {
            facts.append(("Cross-check", "none: the pack is for one engine, \(card.engines.joined())"))
        }
        if let accuracy = card.accuracy {
            let top5 = accuracy.top5.map { ", \(Self.percent($0)) top-5" } ?? ""
            facts.append(
                ("Accuracy", "\(Self.percent(accuracy.top1)) top-1\(top5) of \(accuracy.images): \(accuracy.dataset)")
            )
        } else {
            facts.append(("Accuracy", "not measured"))
        }
        if !pack.labels.isEmpty {
            facts.append(("Labels", "\(pack.labels.count): \(Self.abridged(pack.labels))"))
        }
        var text = style.wrapped(facts.map { Self.line($0.0, $0.1) }.joined(), hang: 15)
        text += "Self-test\n"
        for item in card.selfTest {
            text +=
                "  \(item.image): \(item.label) with \(item.probability) \(style.mark(.tolerance)) \(item.tolerance)\n"
        }
        for test in card.tensorTests {
            for (name, output) in test.outputs.sorted(by: { $0.key < $1.key }) {
                text += "  \(test.inputs.values.sorted().joined(separator: ", ")): \(name) as \(output.file) "
                text += "\(style.mark(.tolerance)) \(output.absolute), and \(output.relative) of the number\n"
            }
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

    private static func tensor(_ tensor: TensorDescription) -> String {
        "\(tensor.name) \(tensor.dataType.rawValue) \(TensorDescription.text(tensor.shape))"
    }

    private static func batch(_ card: ModelCard) -> String {
        switch card.batching {
        case .none: "none: each request runs alone, with the shapes above"
        case .firstAxis(nil): "the first axis, of as many rows as the server allows"
        case .firstAxis(let maximum?): "the first axis, of at most \(maximum) rows"
        }
    }

    private static func comparison(_ port: ModelCard.OutputPort, isOnly: Bool) -> String {
        let name = isOnly ? "" : "\(port.tensor.name): "
        switch port.comparison {
        case .probabilities(let bound): return "\(name)probabilities differ by at most \(bound)"
        case .numbers(let absolute, let relative):
            return "\(name)numbers differ by at most \(absolute), and \(relative) of the number"
        case .equality: return "\(name)elements are equal"
        case .random: return "\(name)not compared: random"
        }
    }

    private static func percent(_ share: Double) -> String {
        String(format: "%.2f %%", share * 100)
    }

    private static func abridged(_ labels: [String]) -> String {
        labels.count <= 30 ? labels.joined(separator: ", ") : labels.prefix(10).joined(separator: ", ") + ", ..."
    }
}
