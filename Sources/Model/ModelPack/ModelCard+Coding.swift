package import Foundation
import Inference
import InferenceProtocol
import StrictJSON

extension ModelCard {
    /// The schemas that this version reads.
    enum Schema: String, CaseIterable {
        /// One image in, one vector of classes out.
        case images = "adyton.model-card/1"
        /// Any tensors.
        case tensors = "adyton.model-card/2"
    }

    /// Decodes a card, and checks everything that does not need the other files.
    ///
    /// - Parameter data: JSON (Docs/formats/json.md).
    /// - Throws: `pack.card-invalid` with the field that is missing, unknown, of another type or out of its bounds.
    package init(json data: Data) throws(ModelPackError) {
        let schema: Schema
        do throws(JSONError) {
            let root = try JSONText(Array(data)).root
            let text = root["schema"]?.string
            guard let known = Schema(rawValue: text ?? Schema.images.rawValue) else {
                let expected = Schema.allCases.map(\.rawValue).joined(separator: " or ")
                throw root.failure(.value, of: "schema", expected: expected)
            }
            schema = known
            switch schema {
            case .images: self = try root.decode(ImageCard.self).card
            case .tensors: self = try root.decode(TensorCard.self).card
            }
        } catch {
            throw ModelPackError(
                .cardInvalid,
                subject: "\(Self.fileName):\(error.place)",
                expected: error.expected,
                found: error.found
            )
        }
        try CardCheck(card: self, schema: schema).run()
    }

    static func invalid(_ field: String, expected: String, found: String) -> ModelPackError {
        ModelPackError(.cardInvalid, subject: "\(fileName): \(field)", expected: expected, found: found)
    }
}

/// A card of the first schema.
private struct ImageCard: Decodable {
    fileprivate enum Key: String, CodingKey, CaseIterable {
        case schema, name, version, licence, summary, intendedUse, limitations, input, output, preprocessing
        case accuracy, crossCheck, reducedPrecision, selfTest, files
    }

    private enum PortKey: String, CodingKey, CaseIterable {
        case name, dataType, shape, description
    }

    private enum OutputKey: String, CodingKey, CaseIterable {
        case name, dataType, shape, activation, description
    }

    let card: ModelCard

    init(from decoder: any Decoder) throws {
        let card = try decoder.container(keyedBy: Key.self)
        _ = try card.decode(String.self, forKey: .schema)
        let input = try card.nestedContainer(keyedBy: PortKey.self, forKey: .input)
        let inputTensor = TensorDescription(
            name: try input.decode(String.self, forKey: .name),
            dataType: try input.decode(TensorDatatype.self, forKey: .dataType),
            shape: try input.decode([Int].self, forKey: .shape)
        )
        let output = try card.nestedContainer(keyedBy: OutputKey.self, forKey: .output)
        let outputTensor = TensorDescription(
            name: try output.decode(String.self, forKey: .name),
            dataType: try output.decode(TensorDatatype.self, forKey: .dataType),
            shape: try output.decode([Int].self, forKey: .shape)
        )
        let bound = try card.decode(ModelCard.CrossCheckBound.self, forKey: .crossCheck)
        let files = try card.decode([String: ModelCard.FileEntry].self, forKey: .files)
        let isOpen = [inputTensor, outputTensor].allSatisfy { $0.shape.first == TensorDescription.anySize }
        self.card = ModelCard(
            name: try card.decode(String.self, forKey: .name),
            version: try card.decode(String.self, forKey: .version),
            licence: try card.decode(String.self, forKey: .licence),
            origin: nil,
            summary: try card.decode(String.self, forKey: .summary),
            intendedUse: try card.decode(String.self, forKey: .intendedUse),
            limitations: try card.decode(String.self, forKey: .limitations),
            engines: CardCheck.engines(in: files),
            batching: isOpen ? .firstAxis(maximum: nil) : .none,
            inputs: [
                ModelCard.InputPort(
                    tensor: inputTensor,
                    axes: inputTensor.shape.map { _ in nil },
                    bounds: inputTensor.shape.map { _ in nil },
                    filler: nil,
                    preprocessing: try card.decode(Preprocessing.self, forKey: .preprocessing),
                    description: try input.decode(String.self, forKey: .description)
                )
            ],
            outputs: [
                ModelCard.OutputPort(
                    tensor: outputTensor,
                    axes: outputTensor.shape.map { _ in nil },
                    meaning: .classes(
                        try output.decode(ModelCard.OutputPort.Activation.self, forKey: .activation)
                    ),
                    comparison: .probabilities(maximumDifference: bound.maximumProbabilityDifference),
                    description: try output.decode(String.self, forKey: .description)
                )
            ],
            accuracy: try card.decodeIfPresent(ModelCard.Accuracy.self, forKey: .accuracy),
            reducedPrecision: try card.reducedPrecision(.reducedPrecision),
            selfTest: try card.decode([ModelCard.SelfTestCase].self, forKey: .selfTest),
            tensorTests: [],
            files: files
        )
    }
}

extension KeyedDecodingContainer {
    /// The bounds by precision; float32 is the reference, and has none.
    func reducedPrecision(_ key: Key) throws -> [Precision: ModelCard.CrossCheckBound] {
        guard contains(key) else { return [:] }
        let bounds = try nestedContainer(keyedBy: PrecisionKey.self, forKey: key)
        var found: [Precision: ModelCard.CrossCheckBound] = [:]
        for precision in Precision.reduced {
            let key = PrecisionKey(precision: precision)
            found[precision] = try bounds.decodeIfPresent(ModelCard.CrossCheckBound.self, forKey: key)
        }
        return found
    }
}

/// A precision as the key of its bound.
struct PrecisionKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(precision: Precision) {
        stringValue = precision.rawValue
    }

    init?(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) {
        nil
    }
}

extension ModelCard.FileEntry: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case sha256, bytes
    }

    package init(from decoder: any Decoder) throws {
        let entry = try decoder.container(keyedBy: Key.self)
        let text = try entry.decode(String.self, forKey: .sha256)
        guard let digest = ContentDigest(hexadecimal: text) else {
            throw DecodingError.dataCorruptedError(
                forKey: .sha256,
                in: entry,
                debugDescription: "expected 64 hexadecimal digits, found \"\(text)\""
            )
        }
        self.digest = digest
        byteCount = try entry.decode(Int.self, forKey: .bytes)
    }
}
