import Inference
import InferenceProtocol

/// A card of the second schema: any number of tensors (`Docs/formats/model-pack.md`).
struct TensorCard: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case schema, name, version, licence, origin, summary, intendedUse, limitations, engines, batching
        case inputs, outputs, accuracy, reducedPrecision, selfTest, files
    }

    private struct BatchingDocument: Decodable {
        let maximum: Int?

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case maximum
        }
    }

    /// Either an image with its label, or stored tensors.
    private struct Test: Decodable {
        private enum Key: String, CodingKey {
            case image, label, probability, tolerance, inputs, outputs
        }

        let image: ModelCard.SelfTestCase?
        let tensors: ModelCard.TensorTest?

        init(from decoder: any Decoder) throws {
            let test = try decoder.container(keyedBy: Key.self)
            guard test.contains(.image) else {
                image = nil
                tensors = ModelCard.TensorTest(
                    inputs: try test.decode([String: String].self, forKey: .inputs),
                    outputs: try test.decode([String: ModelCard.TensorTest.Expected].self, forKey: .outputs)
                )
                return
            }
            tensors = nil
            image = ModelCard.SelfTestCase(
                image: try test.decode(String.self, forKey: .image),
                label: try test.decode(String.self, forKey: .label),
                probability: try test.decode(Double.self, forKey: .probability),
                tolerance: try test.decode(Double.self, forKey: .tolerance)
            )
        }
    }

    let card: ModelCard

    init(from decoder: any Decoder) throws {
        let card = try decoder.container(keyedBy: Key.self)
        _ = try card.decode(String.self, forKey: .schema)
        let batching = try card.decodeIfPresent(BatchingDocument.self, forKey: .batching)
        let tests = try card.decode([Test].self, forKey: .selfTest)
        self.card = ModelCard(
            name: try card.decode(String.self, forKey: .name),
            version: try card.decode(String.self, forKey: .version),
            licence: try card.decode(String.self, forKey: .licence),
            origin: try card.decode(String.self, forKey: .origin),
            summary: try card.decode(String.self, forKey: .summary),
            intendedUse: try card.decode(String.self, forKey: .intendedUse),
            limitations: try card.decode(String.self, forKey: .limitations),
            engines: try card.decode([String].self, forKey: .engines),
            batching: batching.map { .firstAxis(maximum: $0.maximum) } ?? .none,
            inputs: try card.decode([ModelCard.InputPort].self, forKey: .inputs),
            outputs: try card.decode([ModelCard.OutputPort].self, forKey: .outputs),
            accuracy: try card.decodeIfPresent(ModelCard.Accuracy.self, forKey: .accuracy),
            reducedPrecision: try card.reducedPrecision(.reducedPrecision),
            selfTest: tests.compactMap(\.image),
            tensorTests: tests.compactMap(\.tensors),
            files: try card.decode([String: ModelCard.FileEntry].self, forKey: .files)
        )
    }
}

extension ModelCard.InputPort: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case name, datatype, shape, axes, bounds
        case filler = "default"
        case preprocessing, description
    }

    private struct Image: Decodable {
        let image: Preprocessing

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case image
        }
    }

    package init(from decoder: any Decoder) throws {
        let port = try decoder.container(keyedBy: Key.self)
        tensor = TensorDescription(
            name: try port.decode(String.self, forKey: .name),
            dataType: try port.decode(TensorDatatype.self, forKey: .datatype),
            shape: try port.decode([Int].self, forKey: .shape)
        )
        axes = try port.decodeIfPresent([String?].self, forKey: .axes) ?? tensor.shape.map { _ in nil }
        let pairs = try port.decodeIfPresent([[Int]?].self, forKey: .bounds) ?? tensor.shape.map { _ in nil }
        bounds = try pairs.map { pair in
            guard let pair else { return nil }
            guard pair.count == 2, pair[0] >= 1, pair[0] <= pair[1] else {
                throw DecodingError.dataCorruptedError(
                    forKey: .bounds,
                    in: port,
                    debugDescription: "expected null or [smallest, largest] for each axis, found \(pair)"
                )
            }
            return pair[0]...pair[1]
        }
        filler = try port.decodeIfPresent(Double.self, forKey: .filler)
        preprocessing = try port.decodeIfPresent(Image.self, forKey: .preprocessing)?.image
        description = try port.decode(String.self, forKey: .description)
    }
}

extension ModelCard.OutputPort: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case name, datatype, shape, axes, meaning, crossCheck, description
    }

    package init(from decoder: any Decoder) throws {
        let port = try decoder.container(keyedBy: Key.self)
        tensor = TensorDescription(
            name: try port.decode(String.self, forKey: .name),
            dataType: try port.decode(TensorDatatype.self, forKey: .datatype),
            shape: try port.decode([Int].self, forKey: .shape)
        )
        axes = try port.decodeIfPresent([String?].self, forKey: .axes) ?? tensor.shape.map { _ in nil }
        meaning = try port.decodeIfPresent(Meaning.self, forKey: .meaning) ?? .plain
        comparison = try port.decode(Comparison.self, forKey: .crossCheck)
        description = try port.decode(String.self, forKey: .description)
    }
}

extension ModelCard.OutputPort.Meaning: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case classes, embedding
    }

    private struct Classes: Decodable {
        let activation: ModelCard.OutputPort.Activation

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case activation
        }
    }

    private struct Embedding: Decodable {
        let normalised: Bool

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case normalised
        }
    }

    package init(from decoder: any Decoder) throws {
        let meaning = try decoder.container(keyedBy: Key.self)
        guard !meaning.contains(.embedding) else {
            let embedding = try meaning.decode(Embedding.self, forKey: .embedding)
            try meaning.refuse(.classes)
            self = .embedding(isNormalised: embedding.normalised)
            return
        }
        self = .classes(try meaning.decode(Classes.self, forKey: .classes).activation)
    }
}

extension ModelCard.OutputPort.Comparison: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case maximumProbabilityDifference, absolute, relative, equal, random
    }

    package init(from decoder: any Decoder) throws {
        let comparison = try decoder.container(keyedBy: Key.self)
        if comparison.contains(.absolute) || comparison.contains(.relative) {
            self = .numbers(
                absolute: try comparison.decode(Double.self, forKey: .absolute),
                relative: try comparison.decode(Double.self, forKey: .relative)
            )
            try comparison.refuse(.maximumProbabilityDifference, .equal, .random)
        } else if comparison.contains(.equal) {
            try comparison.expectTrue(.equal)
            try comparison.refuse(.maximumProbabilityDifference, .random)
            self = .equality
        } else if comparison.contains(.random) {
            try comparison.expectTrue(.random)
            try comparison.refuse(.maximumProbabilityDifference)
            self = .random
        } else {
            let bound = try comparison.decode(Double.self, forKey: .maximumProbabilityDifference)
            self = .probabilities(maximumDifference: bound)
        }
    }
}

extension KeyedDecodingContainer {
    /// Refuses keys that cannot stand beside another.
    fileprivate func refuse(_ keys: Key...) throws {
        for key in keys where contains(key) {
            throw DecodingError.dataCorruptedError(
                forKey: key,
                in: self,
                debugDescription: "expected one kind alone"
            )
        }
    }

    /// Refuses every value except `true`.
    fileprivate func expectTrue(_ key: Key) throws {
        guard try decode(Bool.self, forKey: key) else {
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "expected true")
        }
    }
}
