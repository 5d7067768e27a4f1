import Inference
import InferenceProtocol
import ModelPack

/// How the requests of a batch become a model's inputs, and its outputs the requests' own.
struct BatchPlan: Sendable {
    /// The model's inputs, in the card's order.
    let inputs: [TensorDescription]
    /// The model's outputs, in the card's order.
    let outputs: [TensorDescription]
    /// How pixels become numbers, where images fill an input.
    let preprocessing: Preprocessing?
    /// Whether the first axis of every tensor is the batch.
    let isBatched: Bool

    init(
        inputs: [TensorDescription],
        outputs: [TensorDescription],
        preprocessing: Preprocessing?,
        isBatched: Bool = true
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.preprocessing = preprocessing
        self.isBatched = isBatched
    }

    init(_ card: ModelCard) {
        self.init(
            inputs: card.inputs.map(\.tensor),
            outputs: card.outputs.map(\.tensor),
            preprocessing: card.imageInput?.preprocessing,
            isBatched: card.batching.isBatched
        )
    }

    /// Puts the inputs of several requests together, one after the other on the first axis.
    ///
    /// A tensor of a request that runs alone is passed on without a copy.
    ///
    /// - Parameters:
    ///   - requests: At least one; more only where the model is batched, and then of the same sizes.
    ///   - rows: The rows of all.
    ///   - buffer: Memory for the first input that is put together from numbers; it is empty afterwards where it was
    ///     taken.
    /// - Returns: The inputs, and the index of the one whose numbers are in that memory.
    func gather(
        _ requests: [BatchInput],
        rows: Int,
        into buffer: inout [Float]
    ) -> (tensors: [Tensor], buffered: Int?) {
        var tensors: [Tensor] = []
        var buffered: Int?
        for (index, input) in inputs.enumerated() {
            let contents = requests.map { $0.contents[index] }
            if contents.count == 1, case .tensor(let tensor) = contents[0] {
                tensors.append(tensor)
                continue
            }
            let elements: TensorElements
            if input.dataType == .float32 {
                var floats: [Float] = []
                if buffered == nil {
                    swap(&floats, &buffer)
                    buffered = index
                }
                floats.removeAll(keepingCapacity: true)
                append(contents, to: &floats)
                elements = .floats(floats)
            } else {
                elements = Self.joined(contents, input.dataType)
            }
            tensors.append(Tensor(name: input.name, shape: shape(of: contents, rows: rows), content: elements))
        }
        return (tensors, buffered)
    }

    /// Takes an engine's outputs into the card's order.
    ///
    /// - Throws: `runtime.engine-model-differs` for an output that is missing or not as the card states.
    func arranged(
        _ result: TensorBatch,
        of engine: any Engine,
        rows: Int
    ) throws(ModelRuntimeError) -> [Tensor] {
        var tensors: [Tensor] = []
        for output in outputs {
            let tensor = result[output.name]
            guard let tensor, tensor.dataType == output.dataType, output.fits(tensor.shape),
                !isBatched || tensor.shape.first == rows
            else {
                let shape = isBatched ? [rows] + output.shape.dropFirst() : output.shape
                throw ModelRuntimeError(
                    .engineModelDiffers,
                    subject: "\(engine.name), \(output.name)",
                    expected: "\(output.dataType.rawValue) \(TensorDescription.text(shape))",
                    found: tensor.map { "\($0.dataType.rawValue) \($0.shape)" } ?? "no such output"
                )
            }
            tensors.append(tensor)
        }
        return tensors
    }

    /// A request's own rows of the outputs.
    ///
    /// - Parameters:
    ///   - tensors: The outputs of a batch.
    ///   - range: The request's rows.
    ///   - rows: The rows of the batch.
    /// - Returns: The outputs of the request alone.
    func part(of tensors: [Tensor], _ range: Range<Int>, rows: Int) -> [Tensor] {
        guard range.count < rows else { return tensors }
        return tensors.map { tensor in
            let width = tensor.content.count / rows
            return Tensor(
                name: tensor.name,
                shape: [range.count] + tensor.shape.dropFirst(),
                content: tensor.content.part(range.lowerBound * width..<range.upperBound * width)
            )
        }
    }

    private func shape(of contents: [BatchInput.Content], rows: Int) -> [Int] {
        switch contents[0] {
        case .tensor(let tensor): [rows] + tensor.shape.dropFirst()
        case .images(let images):
            [isBatched ? rows : images.count, RGBImage.channels]
                + [preprocessing?.cropHeight ?? 0, preprocessing?.cropWidth ?? 0]
        }
    }

    private func append(_ contents: [BatchInput.Content], to floats: inout [Float]) {
        let count = contents.reduce(0) { sum, content in
            switch content {
            case .images(let images): sum + images.count * (preprocessing?.count ?? 0)
            case .tensor(let tensor): sum + tensor.content.count
            }
        }
        floats.append(addingCapacity: count) { output in
            for content in contents {
                switch content {
                case .images(let images):
                    for image in images { preprocessing?.append(image, to: &output) }
                case .tensor(let tensor):
                    // Safe: the pointer is read within the closure, and the output has room for every row.
                    unsafe tensor.elements.withUnsafeBufferPointer { given in
                        unsafe output.withUnsafeMutableBufferPointer { buffer, initializedCount in
                            guard let start = buffer.baseAddress, let first = given.baseAddress else { return }
                            unsafe (start + initializedCount).initialize(from: first, count: given.count)
                            initializedCount += given.count
                        }
                    }
                }
            }
        }
    }

    private static func joined(_ contents: [BatchInput.Content], _ type: TensorDatatype) -> TensorElements {
        var bytes: [UInt8] = []
        var strings: [[UInt8]] = []
        for case .tensor(let tensor) in contents {
            switch tensor.content {
            case .raw(let part, _): bytes += part
            case .strings(let part): strings += part
            case .floats: break
            }
        }
        return type == .bytes ? .strings(strings) : .raw(bytes, type)
    }
}
