package import Foundation
import Inference
import StrictJSON

extension ModelCard {
    /// Decodes a card, and checks everything that does not need the other files.
    ///
    /// - Parameter data: JSON (Docs/formats/json.md).
    /// - Throws: `pack.card-invalid` with the field that is missing, unknown, of another type or out of its bounds.
    package init(json data: Data) throws(ModelPackError) {
        do throws(JSONError) {
            let root = try JSONText(Array(data)).root
            if let schema = root["schema"]?.string, schema != Self.schema {
                throw root.failure(.value, of: "schema", expected: Self.schema)
            }
            self = try root.decode()
        } catch {
            throw ModelPackError(
                .cardInvalid,
                subject: "\(Self.fileName):\(error.place)",
                expected: error.expected,
                found: error.found
            )
        }
        try check()
    }

    private func check() throws(ModelPackError) {
        let allowed = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || [0x2d, 0x2e, 0x5f].contains(byte)
        }
        for (field, value) in [("name", name), ("version", version)]
        where value.isEmpty || value.utf8.count > 128 || value.first == "." || !value.utf8.allSatisfy(allowed) {
            throw Self.invalid(field, expected: "1 to 128 letters, digits, '-', '_' or '.'", found: value)
        }
        guard input.tensor.shape.count == 4, input.tensor.shape[1] == 3 else {
            throw Self.invalid("input.shape", expected: "[-1, 3, height, width]", found: "\(input.tensor.shape)")
        }
        let crop = preprocessing
        guard input.tensor.shape[2] == crop.cropHeight, input.tensor.shape[3] == crop.cropWidth else {
            throw Self.invalid(
                "input.shape",
                expected: "the crop, \(crop.cropHeight) x \(crop.cropWidth)",
                found: "\(input.tensor.shape)"
            )
        }
        guard output.tensor.shape.count == 2, output.classCount >= 2 else {
            throw Self.invalid("output.shape", expected: "[-1, classes]", found: "\(output.tensor.shape)")
        }
        for (field, port) in [("input.dataType", input.tensor), ("output.dataType", output.tensor)]
        where port.dataType != .float32 {
            throw Self.invalid(field, expected: "FP32", found: port.dataType.rawValue)
        }
        try checkBounds()
    }

    private func checkBounds() throws(ModelPackError) {
        var shares = [("crossCheck.maximumProbabilityDifference", crossCheck.maximumProbabilityDifference)]
        for (index, item) in selfTest.enumerated() {
            shares.append(("selfTest[\(index)].probability", item.probability))
            shares.append(("selfTest[\(index)].tolerance", item.tolerance))
            guard files[item.image] != nil else {
                throw Self.invalid("selfTest[\(index)].image", expected: "a file of the pack", found: item.image)
            }
        }
        for (precision, bound) in reducedPrecision {
            let field = "reducedPrecision.\(precision.rawValue).maximumProbabilityDifference"
            shares.append((field, bound.maximumProbabilityDifference))
        }
        if let accuracy {
            shares.append(("accuracy.top1", accuracy.top1))
            shares.append(("accuracy.top5", accuracy.top5 ?? 0))
        }
        for (field, value) in shares where !(0...1).contains(value) {
            throw Self.invalid(field, expected: "a number from 0 to 1", found: "\(value)")
        }
        guard !selfTest.isEmpty else {
            throw Self.invalid("selfTest", expected: "at least one image with its answer", found: "none")
        }
    }

    static func invalid(_ field: String, expected: String, found: String) -> ModelPackError {
        ModelPackError(.cardInvalid, subject: "\(fileName): \(field)", expected: expected, found: found)
    }
}

extension ModelCard: Decodable {
    fileprivate enum Key: String, CodingKey, CaseIterable {
        case schema, name, version, licence, summary, intendedUse, limitations, input, output, preprocessing
        case accuracy, crossCheck, reducedPrecision, selfTest, files
    }

    package init(from decoder: any Decoder) throws {
        let card = try decoder.container(keyedBy: Key.self)
        _ = try card.decode(String.self, forKey: .schema)
        name = try card.decode(String.self, forKey: .name)
        version = try card.decode(String.self, forKey: .version)
        licence = try card.decode(String.self, forKey: .licence)
        summary = try card.decode(String.self, forKey: .summary)
        intendedUse = try card.decode(String.self, forKey: .intendedUse)
        limitations = try card.decode(String.self, forKey: .limitations)
        input = try card.decode(TensorPort.self, forKey: .input)
        output = try card.decode(OutputPort.self, forKey: .output)
        preprocessing = try card.decode(Preprocessing.self, forKey: .preprocessing)
        accuracy = try card.decodeIfPresent(Accuracy.self, forKey: .accuracy)
        crossCheck = try card.decode(CrossCheckBound.self, forKey: .crossCheck)
        reducedPrecision = try card.reducedPrecision()
        selfTest = try card.decode([SelfTestCase].self, forKey: .selfTest)
        files = try card.decode([String: FileEntry].self, forKey: .files)
    }
}

extension KeyedDecodingContainer<ModelCard.Key> {
    /// The bounds by precision; float32 is the reference, and has none.
    fileprivate func reducedPrecision() throws -> [Precision: ModelCard.CrossCheckBound] {
        guard contains(.reducedPrecision) else { return [:] }
        let bounds = try nestedContainer(keyedBy: PrecisionKey.self, forKey: .reducedPrecision)
        var found: [Precision: ModelCard.CrossCheckBound] = [:]
        for precision in Precision.reduced {
            let key = PrecisionKey(precision: precision)
            found[precision] = try bounds.decodeIfPresent(ModelCard.CrossCheckBound.self, forKey: key)
        }
        return found
    }
}

/// A precision as the key of its bound.
private struct PrecisionKey: CodingKey {
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

/// The keys of a tensor in the card.
private enum PortKey: String, CodingKey {
    case name, dataType, shape, activation, description
}

extension KeyedDecodingContainer<PortKey> {
    fileprivate func tensor() throws -> TensorDescription {
        TensorDescription(
            name: try decode(String.self, forKey: .name),
            dataType: try decode(DataType.self, forKey: .dataType),
            shape: try decode([Int].self, forKey: .shape)
        )
    }
}

extension ModelCard.TensorPort: Decodable {
    package init(from decoder: any Decoder) throws {
        let port = try decoder.container(keyedBy: PortKey.self)
        tensor = try port.tensor()
        meaning = try port.decode(String.self, forKey: .description)
    }
}

extension ModelCard.OutputPort: Decodable {
    package init(from decoder: any Decoder) throws {
        let port = try decoder.container(keyedBy: PortKey.self)
        tensor = try port.tensor()
        activation = try port.decode(Activation.self, forKey: .activation)
        meaning = try port.decode(String.self, forKey: .description)
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
