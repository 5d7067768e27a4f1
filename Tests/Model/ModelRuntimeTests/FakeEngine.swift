import Inference
import Synchronization

/// An engine that sums up each image, and can be held.
///
/// Its first two classes get the sum and its opposite, all others zero.
final class FakeEngine: Engine {
    let name: String
    let libraryVersion = "1"
    let inputs: [TensorDescription]
    let outputs: [TensorDescription]
    private let scale: Float
    private let work: @Sendable (Int) async throws -> Void
    private let batches = Mutex<[Int]>([])

    /// - Parameters:
    ///   - name: How it calls itself.
    ///   - inputs: What it says that it takes.
    ///   - outputs: What it says that it gives.
    ///   - scale: What each sum is multiplied by.
    ///   - work: Done before each answer, with the batch's size.
    init(
        name: String = "Fake",
        inputs: [TensorDescription] = [],
        outputs: [TensorDescription] = [],
        scale: Float = 1,
        work: @escaping @Sendable (Int) async throws -> Void = { _ in }
    ) {
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.scale = scale
        self.work = work
    }

    /// The sizes of the batches that ran, in order.
    var batchSizes: [Int] { batches.withLock { $0 } }

    func run(_ batch: TensorBatch) async throws -> TensorBatch {
        let input = batch.tensors[0]
        let count = input.shape[0]
        batches.withLock { $0.append(count) }
        try await work(count)
        let size = input.elements.count / count
        let classes = outputs.first?.shape.last ?? 2
        let sums = (0..<count).flatMap { index -> [Float] in
            let sum = input.elements[index * size..<(index + 1) * size].reduce(0, +) * scale
            return [sum, -sum] + [Float](repeating: 0, count: classes - 2)
        }
        let name = outputs.first?.name ?? "output"
        return TensorBatch([Tensor(name: name, shape: [count, classes], elements: sums)])
    }
}
