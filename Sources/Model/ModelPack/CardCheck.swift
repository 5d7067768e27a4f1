import Inference
import InferenceProtocol

/// The checks of a card that need none of the pack's other files.
struct CardCheck {
    /// The most inputs, and the most outputs.
    private static let maximumTensors = 64
    /// The most dimensions of a tensor.
    private static let maximumRank = 16
    /// The largest size that a card may state.
    private static let maximumSize = 1 << 31
    /// The most rows of a batch.
    private static let maximumBatch = 1024

    let card: ModelCard
    let schema: ModelCard.Schema

    /// The engines whose weights are among a pack's files.
    static func engines(in files: [String: ModelCard.FileEntry]) -> [String] {
        [("onnx", ModelPack.FileName.onnx), ("torch", ModelPack.FileName.torchScript)]
            .filter { files[$0.1] != nil }.map(\.0)
    }

    /// - Throws: `pack.card-invalid` with the first field that is out of its bounds.
    func run() throws(ModelPackError) {
        try checkNames()
        for (index, port) in card.inputs.enumerated() { try check(port, field: field("input", index)) }
        for (index, port) in card.outputs.enumerated() { try check(port, field: field("output", index)) }
        try checkBounds()
        try checkTests()
        guard schema == .tensors else { return }
        let present = Self.engines(in: card.files)
        guard card.engines == present, !present.isEmpty else {
            throw ModelCard.invalid(
                "engines",
                expected: "\(present): those with weights among the files, ONNX Runtime's first",
                found: "\(card.engines)"
            )
        }
    }

    /// How the card spells an input or an output.
    private func field(_ side: String, _ index: Int) -> String {
        schema == .images ? side : "\(side)s[\(index)]"
    }

    private func checkNames() throws(ModelPackError) {
        let allowed = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || [0x2d, 0x2e, 0x5f].contains(byte)
        }
        for (field, value) in [("name", card.name), ("version", card.version)]
        where value.isEmpty || value.utf8.count > 128 || value.first == "." || !value.utf8.allSatisfy(allowed) {
            throw ModelCard.invalid(field, expected: "1 to 128 letters, digits, '-', '_' or '.'", found: value)
        }
        for (field, names) in [
            ("inputs", card.inputs.map(\.tensor.name)), ("outputs", card.outputs.map(\.tensor.name)),
        ] {
            guard (1...Self.maximumTensors).contains(names.count) else {
                throw ModelCard.invalid(field, expected: "1 to \(Self.maximumTensors)", found: "\(names.count)")
            }
            guard Set(names).count == names.count else {
                throw ModelCard.invalid(field, expected: "a name of its own for each", found: "one name twice")
            }
        }
    }

    private func check(_ tensor: TensorDescription, axes: [String?], field: String) throws(ModelPackError) {
        let name = tensor.name
        guard (1...256).contains(name.utf8.count), name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw ModelCard.invalid("\(field).name", expected: "1 to 256 bytes, no control characters", found: name)
        }
        let shape = tensor.shape
        let isSane = shape.allSatisfy { $0 == TensorDescription.anySize || (1...Self.maximumSize).contains($0) }
        guard shape.count <= Self.maximumRank, isSane else {
            throw ModelCard.invalid(
                "\(field).shape",
                expected: "at most \(Self.maximumRank) sizes, each -1 or from 1 to 2^31",
                found: "\(shape)"
            )
        }
        guard axes.count == shape.count, axes.allSatisfy({ $0.map { !$0.isEmpty } ?? true }) else {
            throw ModelCard.invalid("\(field).axes", expected: "a name or null for each axis", found: "\(axes.count)")
        }
        if case .firstAxis(let maximum) = card.batching {
            guard shape.first == TensorDescription.anySize else {
                throw ModelCard.invalid("\(field).shape", expected: "-1 first, for the batch", found: "\(shape)")
            }
            guard (1...Self.maximumBatch).contains(maximum ?? 1) else {
                throw ModelCard.invalid(
                    "batching.maximum",
                    expected: "1 to \(Self.maximumBatch)",
                    found: "\(maximum ?? 0)"
                )
            }
        }
    }

    private func check(_ port: ModelCard.InputPort, field: String) throws(ModelPackError) {
        let tensor = port.tensor
        try check(tensor, axes: port.axes, field: field)
        guard port.bounds.count == tensor.shape.count,
            zip(port.bounds, tensor.shape).allSatisfy({ $0 == nil || $1 == TensorDescription.anySize })
        else {
            throw ModelCard.invalid(
                "\(field).bounds",
                expected: "null or [smallest, largest] for each axis, and null for one of a fixed size",
                found: "\(port.bounds.count)"
            )
        }
        if let filler = port.filler {
            let sizes = card.batching.isBatched ? tensor.shape.dropFirst() : tensor.shape[...]
            guard TensorElements([filler], as: tensor.dataType) != nil, !sizes.contains(TensorDescription.anySize),
                port.preprocessing == nil
            else {
                throw ModelCard.invalid(
                    "\(field).default",
                    expected: "a \(tensor.dataType.rawValue), for an input of one size that no image fills",
                    found: "\(filler)"
                )
            }
        }
        guard let crop = port.preprocessing else { return }
        guard tensor.shape.count == 4, tensor.shape[1] == 3 else {
            throw ModelCard.invalid("\(field).shape", expected: "[-1, 3, height, width]", found: "\(tensor.shape)")
        }
        guard tensor.shape[2] == crop.cropHeight, tensor.shape[3] == crop.cropWidth else {
            throw ModelCard.invalid(
                "\(field).shape",
                expected: "the crop, \(crop.cropHeight) x \(crop.cropWidth)",
                found: "\(tensor.shape)"
            )
        }
        try expectFloats(tensor, field: field)
        guard card.inputs.count(where: { $0.preprocessing != nil }) == 1 else {
            throw ModelCard.invalid("\(field).preprocessing", expected: "one input that images fill", found: "more")
        }
    }

    private func check(_ port: ModelCard.OutputPort, field: String) throws(ModelPackError) {
        try check(port.tensor, axes: port.axes, field: field)
        let isClasses = if case .classes = port.meaning { true } else { false }
        if isClasses {
            guard port.tensor.shape.count == 2, port.tensor.shape[1] >= 2 else {
                throw ModelCard.invalid("\(field).shape", expected: "[-1, classes]", found: "\(port.tensor.shape)")
            }
            try expectFloats(port.tensor, field: field)
            let others = card.outputs.count { if case .classes = $0.meaning { true } else { false } }
            guard others == 1 else {
                throw ModelCard.invalid("\(field).meaning", expected: "one output with classes", found: "\(others)")
            }
        }
        let expected: String? =
            switch port.comparison {
            case .probabilities: isClasses ? nil : "another comparison: this output has no classes"
            case .numbers(let absolute, let relative):
                isClasses
                    ? "maximumProbabilityDifference, for classes"
                    : !port.tensor.dataType.isFloatingPoint
                        ? "equal or random, for \(port.tensor.dataType.rawValue)"
                        : absolute >= 0 && relative >= 0 && absolute.isFinite && relative.isFinite
                            ? nil : "numbers from 0"
            case .equality, .random: isClasses ? "maximumProbabilityDifference, for classes" : nil
            }
        if let expected {
            throw ModelCard.invalid("\(field).crossCheck", expected: expected, found: "\(port.comparison)")
        }
    }

    private func expectFloats(_ tensor: TensorDescription, field: String) throws(ModelPackError) {
        guard tensor.dataType == .float32 else {
            let key = schema == .images ? "dataType" : "datatype"
            throw ModelCard.invalid("\(field).\(key)", expected: "FP32", found: tensor.dataType.rawValue)
        }
    }

    private func checkBounds() throws(ModelPackError) {
        var shares: [(String, Double)] = []
        for (index, port) in card.outputs.enumerated() {
            guard case .probabilities(let bound) = port.comparison else { continue }
            let parent = schema == .images ? "" : "outputs[\(index)]."
            shares.append(("\(parent)crossCheck.maximumProbabilityDifference", bound))
        }
        for (index, item) in card.selfTest.enumerated() {
            shares.append(("selfTest[\(index)].probability", item.probability))
            shares.append(("selfTest[\(index)].tolerance", item.tolerance))
        }
        for (precision, bound) in card.reducedPrecision {
            let field = "reducedPrecision.\(precision.rawValue).maximumProbabilityDifference"
            shares.append((field, bound.maximumProbabilityDifference))
        }
        if let accuracy = card.accuracy {
            shares.append(("accuracy.top1", accuracy.top1))
            shares.append(("accuracy.top5", accuracy.top5 ?? 0))
        }
        for (field, value) in shares where !(0...1).contains(value) {
            throw ModelCard.invalid(field, expected: "a number from 0 to 1", found: "\(value)")
        }
        guard card.reducedPrecision.isEmpty || card.classOutput != nil else {
            throw ModelCard.invalid("reducedPrecision", expected: "an output with classes", found: "none")
        }
    }

    private func checkTests() throws(ModelPackError) {
        guard !card.selfTest.isEmpty || !card.tensorTests.isEmpty else {
            throw ModelCard.invalid("selfTest", expected: "at least one image or tensor with its answer", found: "none")
        }
        for (index, item) in card.selfTest.enumerated() {
            guard card.files[item.image] != nil else {
                throw ModelCard.invalid("selfTest[\(index)].image", expected: "a file of the pack", found: item.image)
            }
            guard card.imageInput != nil, card.classOutput != nil else {
                throw ModelCard.invalid(
                    "selfTest[\(index)].image",
                    expected: "tensors: this model takes no image, or gives no classes",
                    found: item.image
                )
            }
        }
        for (index, test) in card.tensorTests.enumerated() {
            try check(test, field: "selfTest[\(index)]")
        }
    }

    private func check(_ test: ModelCard.TensorTest, field: String) throws(ModelPackError) {
        let needed = Set(card.inputs.filter { $0.filler == nil }.map(\.tensor.name))
        let known = Set(card.inputs.map(\.tensor.name))
        guard needed.isSubset(of: test.inputs.keys), known.isSuperset(of: test.inputs.keys) else {
            let expected = card.inputs.map(\.tensor.name).joined(separator: ", ")
            let found = test.inputs.keys.sorted().joined(separator: ", ")
            throw ModelCard.invalid("\(field).inputs", expected: expected, found: found)
        }
        guard !test.outputs.isEmpty, Set(card.outputs.map(\.tensor.name)).isSuperset(of: test.outputs.keys) else {
            let expected = card.outputs.map(\.tensor.name).joined(separator: ", ")
            let found = test.outputs.keys.sorted().joined(separator: ", ")
            throw ModelCard.invalid("\(field).outputs", expected: expected, found: found)
        }
        for (name, path) in test.inputs where card.files[path] == nil {
            throw ModelCard.invalid("\(field).inputs.\(name)", expected: "a file of the pack", found: path)
        }
        for (name, output) in test.outputs {
            guard card.files[output.file] != nil else {
                throw ModelCard.invalid("\(field).outputs.\(name)", expected: "a file of the pack", found: output.file)
            }
            guard output.absolute >= 0, output.relative >= 0, output.absolute.isFinite, output.relative.isFinite else {
                throw ModelCard.invalid("\(field).outputs.\(name)", expected: "tolerances from 0", found: "others")
            }
        }
    }
}
