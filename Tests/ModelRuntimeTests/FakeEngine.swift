import Inference
import Synchronization

/// An engine that sums up each image, and can be held.
final class FakeEngine: Engine {
    let name: String
    let libraryVersion = "1"
    let inputs: [TensorDescription]
    let outputs: [TensorDescription]
    private let work: @Sendable (Int) async throws -> Void
    private let batches = Mutex<[Int]>([])

    /// - Parameters:
    ///   - name: How it calls itself.
    ///   - inputs: What it says that it takes.
    ///   - outputs: What it says that it gives.
    ///   - work: Done before each answer, with the batch's size.
    init(
        name: String = "Fake",
        inputs: [TensorDescription] = [],
        outputs: [TensorDescription] = [],
        work: @escaping @Sendable (Int) async throws -> Void = { _ in }
    ) {
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
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
        let sums = (0..<count).flatMap { index -> [Float] in
            let sum = input.elements[index * size..<(index + 1) * size].reduce(0, +)
            return [sum, -sum]
        }
        return TensorBatch([Tensor(name: "output", shape: [count, 2], elements: sums)])
    }
}
