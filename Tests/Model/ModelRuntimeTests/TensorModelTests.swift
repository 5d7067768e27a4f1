import Diagnostics
import Foundation
import Inference
import InferenceProtocol
import ModelPack
import TestSupport
import Testing

@testable import ModelRuntime

/// Models of tensors without a batch and with sizes that vary, on engines of the tests' own.
@Suite(.timeLimit(.minutes(2))) struct TensorModelTests {
    @Test func `gathers only what has the same sizes, and gives each request its own rows`() async throws {
        let plan = BatchPlan(
            inputs: [
                TensorDescription(name: "x", dataType: .float32, shape: [-1, -1]),
                TensorDescription(name: "n", dataType: .int32, shape: [-1, 1]),
                TensorDescription(name: "s", dataType: .bytes, shape: [-1, 1]),
            ],
            outputs: [TensorDescription(name: "y", dataType: .int32, shape: [-1, 1])],
            preprocessing: nil
        )
        let request = { (numbers: [Float], n: [UInt8], text: String) in
            BatchInput(
                contents: [
                    .tensor(Tensor(name: "x", shape: [1, numbers.count], elements: numbers)),
                    .tensor(Tensor(name: "n", shape: [1, 1], content: .raw(n, .int32))),
                    .tensor(Tensor(name: "s", shape: [1, 1], content: .strings([Array(text.utf8)]))),
                ],
                rows: 1
            )
        }
        var memory: [Float] = []
        let requests = [request([1, 2], [1, 0, 0, 0], "a"), request([3, 4], [2, 0, 0, 0], "b")]
        let (tensors, buffered) = plan.gather(requests, rows: 2, into: &memory)
        #expect(buffered == 0)
        #expect(tensors[0] == Tensor(name: "x", shape: [2, 2], elements: [1, 2, 3, 4]))
        #expect(tensors[1].content == .raw([1, 0, 0, 0, 2, 0, 0, 0], .int32))
        #expect(tensors[2].content == .strings([[97], [98]]))
        #expect(plan.part(of: tensors, 1..<2, rows: 2)[0] == Tensor(name: "x", shape: [1, 2], elements: [3, 4]))
        #expect(plan.part(of: tensors, 1..<2, rows: 2)[2].content == .strings([[98]]))
        let alone = plan.gather([requests[0]], rows: 1, into: &memory)
        #expect(alone.buffered == nil && alone.tensors[0].elements == [1, 2])
    }

    @Test func `keeps requests of other sizes out of a batch`() {
        var queue = BatchQueue<Int>(
            limits: .init(maximumBatch: 8, maximumWaiting: 100, maximumDelay: .zero, runLimit: .seconds(60))
        )
        let now = ContinuousClock.now
        let first = try? queue.announce(priority: 4, group: BatchGroup(engines: 1), deadline: nil)
        guard let first, let running = queue.submit(0, rows: 1, as: first, at: now)?.batch else {
            Issue.record("an idle engine runs")
            return
        }
        for (item, length) in [(1, 5), (2, 7), (3, 5)] {
            let group = BatchGroup(engines: 1, shapes: [[length]])
            guard let ticket = try? queue.announce(priority: 4, group: group, deadline: nil) else { continue }
            // The sizes whose oldest request waits longest come first.
            _ = queue.submit(item, rows: 1, as: ticket, at: now + .milliseconds(item))
        }
        let later = now + .milliseconds(9)
        let second = queue.finish(running.number, at: later).batch
        #expect(second?.items == [1, 3])
        #expect(queue.finish(second?.number ?? 0, at: later).batch?.items == [2])
    }

    @Test(arguments: [
        ([("x", [2, 3])], "y"), ([("x", [2, 3]), ("y", [3, 1])], "rows"), ([("x", [2, 9]), ("y", [2, 1])], "1 to 8"),
        ([("x", [2, 3]), ("y", [2, 2])], "[2, 2]"),
        ([("x", [2, 3]), ("y", [2, 1]), ("secret", [2, 1])], "not among"),
        ([("x", [2, 3]), ("x", [2, 3])], "twice"), ([("x", [1001, 1]), ("y", [1001, 1])], "at most 1000 elements"),
    ])
    func `refuses tensors that the card does not allow, without a client's words`(
        tensors: [(String, [Int])],
        words: String
    ) throws {
        let arrangement = InputArrangement(card: try Self.card(), maximumElements: 1000)
        let batch = TensorBatch(
            tensors.map { name, shape in
                Tensor(name: name, shape: shape, elements: [Float](repeating: 0, count: shape.reduce(1, *)))
            }
        )
        let error = #expect(throws: ModelRuntimeError.self) { try arrangement.arrange(batch, images: nil) }
        let text = try #require(error?.description)
        #expect(text.contains(words) && !text.contains("secret"), "\(text)")
    }

    @Test func `fills what may be left out, in every row`() throws {
        let arrangement = InputArrangement(card: try Self.card(), maximumElements: 1000)
        let arranged = try arrangement.arrange(
            TensorBatch([
                Tensor(name: "y", shape: [2, 1], elements: [1, 2]),
                Tensor(name: "x", shape: [2, 3], elements: [1, 2, 3, 4, 5, 6]),
            ]),
            images: nil
        )
        #expect(arranged.rows == 2 && arranged.shapes == [[3]])
        #expect(arranged.tensors.map { $0?.name } == ["x", "y", "k"])
        #expect(arranged.tensors[2]?.content == .raw([7, 7], .uint8))
    }

    @Test func `compares each kind of output by its own rule`() throws {
        let port = { (comparison: [String: Any], datatype: String) in
            OutputComparison(try Self.card(output: ["datatype": datatype, "crossCheck": comparison]).outputs[0])
        }
        let tensor = { (content: TensorElements) in Tensor(name: "z", shape: [1, 2], content: content) }
        let near = try port(["absolute": 0.01, "relative": 0], "FP32")
        #expect(
            try near.compare([("a", tensor(.floats([1, .nan]))), ("b", tensor(.floats([1.005, .nan])))])?.absolute
                == 0.01
        )
        for (left, right) in [([1, 2], [1, 2.02]), ([1, 2], [1, .nan]), ([.infinity, 1], [-.infinity, 1])]
            as [([Float], [Float])]
        {
            let error = #expect(throws: ModelRuntimeError.self) {
                try near.compare([("a", tensor(.floats(left))), ("b", tensor(.floats(right)))])
            }
            #expect(error?.code == .numbersDiffer)
        }
        let equal = try port(["equal": true], "INT8")
        #expect(
            try equal.compare([("a", tensor(.raw([1, 2], .int8))), ("b", tensor(.raw([1, 2], .int8)))])?.difference == 0
        )
        let error = #expect(throws: ModelRuntimeError.self) {
            try equal.compare([("a", tensor(.raw([1, 2], .int8))), ("b", tensor(.raw([1, 3], .int8)))])
        }
        #expect(error?.code == .elementsDiffer)
        let random = try port(["random": true], "FP32")
        #expect(try random.compare([("a", tensor(.floats([1, 2]))), ("b", tensor(.floats([3, 4])))]) == nil)
        #expect(try near.compare([("a", tensor(.floats([1, 2])))]) == nil, "one engine alone compares nothing")
        let other = Tensor(name: "z", shape: [2, 1], elements: [1, 2])
        let shapes = #expect(throws: ModelRuntimeError.self) {
            try near.compare([("a", tensor(.floats([1, 2]))), ("b", other)])
        }
        #expect(shapes?.code == .shapesDiffer)
    }

    /// A card with an input of any length, one of another size, and one that may be left out.
    private static func card(output: [String: Any] = [:]) throws -> ModelCard {
        let input = { (name: String, shape: [Int], more: [String: Any]) in
            ["name": name, "datatype": "FP32", "shape": shape, "description": "x"].merging(more) { $1 }
        }
        let file = ["sha256": String(repeating: "0", count: 64), "bytes": 1] as [String: Any]
        let expected = ["file": "t.npy", "absolute": 0.0, "relative": 0.0] as [String: Any]
        let card: [String: Any] = [
            "schema": "adyton.model-card/2", "name": "t", "version": "1", "licence": "MIT", "origin": "o",
            "summary": "s",
            "intendedUse": "i", "limitations": "l", "engines": ["onnx"], "batching": [String: Any](),
            "inputs": [
                input("x", [-1, -1], ["bounds": [NSNull(), [1, 8]]]), input("y", [-1, 1], [:]),
                input("k", [-1, 1], ["datatype": "UINT8", "default": 7]),
            ],
            "outputs": [
                [
                    "name": "z", "datatype": "FP32", "shape": [-1, 2], "description": "x",
                    "crossCheck": ["absolute": 0.0, "relative": 0.0],
                ].merging(output) { $1 }
            ],
            "selfTest": [["inputs": ["x": "t.npy", "y": "t.npy"], "outputs": ["z": expected]] as [String: Any]],
            "files": ["model.onnx": file, "t.npy": file],
        ]
        return try ModelCard(json: JSONSerialization.data(withJSONObject: card))
    }
}
