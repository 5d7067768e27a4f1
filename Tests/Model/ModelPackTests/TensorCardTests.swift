import Diagnostics
import Foundation
import Inference
import InferenceProtocol
import ModelPack
import TestSupport
import Testing

@Suite struct TensorCardTests {
    @Test func `reads a card of tensors alone, without labels`() throws {
        let tiny = try TensorPack {
            $0["inputs"] = [
                TensorPack.input(["axes": ["rows", NSNull()], "bounds": [[1, 3], NSNull()]]),
                TensorPack.input(["name": "rate", "datatype": "INT64", "shape": [-1, 1], "default": 16000]),
            ]
        }
        defer { withExtendedLifetime(tiny.folder) {} }
        let pack = try tiny.open()
        let card = pack.card
        #expect(card.inputs.map(\.tensor.dataType) == [.float32, .int64])
        #expect(card.inputs[0].axes == ["rows", nil] && card.inputs[0].bounds == [1...3, nil])
        #expect(card.inputs[1].filler == 16000)
        #expect(card.batching == .firstAxis(maximum: 4) && card.engines == ["onnx"])
        #expect(card.outputs[0].comparison == .numbers(absolute: 0.001, relative: 0))
        #expect(card.outputs[0].meaning == .plain && card.classOutput == nil && card.imageInput == nil)
        #expect(pack.labels.isEmpty && card.origin == "a test")
        #expect(try pack.tensor(at: "x.npy", name: "x") == Tensor(name: "x", shape: [1, 2], elements: [1, 2]))
    }

    @Test func `reads a card without a batch, with scalars and other meanings`() throws {
        let card = try TensorPack {
            $0["batching"] = NSNull()
            $0["inputs"] = [
                TensorPack.input(["shape": [2, 2]]), TensorPack.input(["name": "n", "shape": [Int](), "default": 1]),
            ]
            $0["outputs"] = [
                TensorPack.output(["meaning": ["embedding": ["normalised": true]]]),
                TensorPack.output(["name": "i", "datatype": "INT8", "crossCheck": ["equal": true]]),
                TensorPack.output(["name": "r", "crossCheck": ["random": true]]),
            ]
        }.open().card
        #expect(card.batching == .none && !card.batching.isBatched)
        #expect(card.outputs.map(\.comparison) == [.numbers(absolute: 0.001, relative: 0), .equality, .random])
        #expect(card.outputs[0].meaning == .embedding(isNormalised: true))
    }

    static let edits: [ModelCardTests.Edit] = [
        .init(field: "schema") { $0["schema"] = "adyton.model-card/3" },
        .init(field: "origin") { $0["origin"] = nil },
        .init(field: "engines") { $0["engines"] = ["onnx", "torch"] },
        .init(field: "engines") { $0["engines"] = [String]() },
        .init(field: "batching.maximum") { $0["batching"] = ["maximum": 0] },
        .init(field: "surprise") { $0["batching"] = ["maximum": 1, "surprise": 1] },
        .init(field: "inputs") { $0["inputs"] = [Any]() },
        .init(field: "inputs") { $0["inputs"] = [TensorPack.input(), TensorPack.input()] },
        .init(field: "inputs[0].shape") { $0["inputs"] = [TensorPack.input(["shape": [4, 2]])] },
        .init(field: "inputs[0].shape") { $0["inputs"] = [TensorPack.input(["shape": [Int]()])] },
        .init(field: "inputs[0].shape") { $0["inputs"] = [TensorPack.input(["shape": [-1, 0]])] },
        .init(field: "inputs[0].shape") { $0["inputs"] = [TensorPack.input(["shape": [-1, -2]])] },
        .init(field: "datatype") { $0["inputs"] = [TensorPack.input(["datatype": "FLOAT"])] },
        .init(field: "inputs[0].name") { $0["inputs"] = [TensorPack.input(["name": "a\nb"])] },
        .init(field: "inputs[0].axes") { $0["inputs"] = [TensorPack.input(["axes": ["one"]])] },
        .init(field: "bounds") { $0["inputs"] = [TensorPack.input(["bounds": [NSNull(), [1, 2]]])] },
        .init(field: "bounds") { $0["inputs"] = [TensorPack.input(["bounds": [[3, 2], NSNull()]])] },
        .init(field: "bounds") { $0["inputs"] = [TensorPack.input(["bounds": [[0, 2], NSNull()]])] },
        .init(field: "inputs[0].default") { $0["inputs"] = [TensorPack.input(["shape": [-1, -1], "default": 0])] },
        .init(field: "inputs[0].default") { $0["inputs"] = [TensorPack.input(["datatype": "INT8", "default": 128])] },
        .init(field: "inputs[0].default") { $0["inputs"] = [TensorPack.input(["datatype": "BYTES", "default": 1])] },
        .init(field: "surprise") { $0["inputs"] = [TensorPack.input(["surprise": 1])] },
        .init(field: "crossCheck") { $0["outputs"] = [TensorPack.output(["crossCheck": NSNull()])] },
        .init(field: "crossCheck") { $0["outputs"] = [TensorPack.output(["crossCheck": ["absolute": 1]])] },
        .init(field: "crossCheck") {
            $0["outputs"] = [TensorPack.output(["crossCheck": ["absolute": -1, "relative": 0]])]
        },
        .init(field: "crossCheck") {
            $0["outputs"] = [TensorPack.output(["crossCheck": ["absolute": 1, "relative": 0, "random": true]])]
        },
        .init(field: "crossCheck") { $0["outputs"] = [TensorPack.output(["crossCheck": ["random": false]])] },
        .init(field: "outputs[0].crossCheck") { $0["outputs"] = [TensorPack.output(["datatype": "INT64"])] },
        .init(field: "outputs[0].crossCheck") {
            $0["outputs"] = [TensorPack.output(["crossCheck": ["maximumProbabilityDifference": 0.1]])]
        },
        .init(field: "outputs[0].crossCheck") {
            $0["outputs"] = [TensorPack.output(["meaning": ["classes": ["activation": "none"]]])]
        },
        .init(field: "selfTest") { $0["selfTest"] = [Any]() },
        .init(field: "selfTest[0].inputs") { $0["selfTest"] = [TensorPack.test(["inputs": [String: String]()])] },
        .init(field: "selfTest[0].inputs.x") { $0["selfTest"] = [TensorPack.test(["inputs": ["x": "none.npy"]])] },
        .init(field: "selfTest[0].outputs") { $0["selfTest"] = [TensorPack.test(["outputs": [String: String]()])] },
        .init(field: "image") {
            $0["selfTest"] = [["image": "x.npy", "label": "cat", "probability": 1, "tolerance": 0] as [String: Any]]
        },
        .init(field: "reducedPrecision") {
            $0["reducedPrecision"] = ["bfloat16": ["maximumProbabilityDifference": 0.1]]
        },
    ]

    @Test(arguments: edits)
    func `refuses a card by naming the field`(edit: ModelCardTests.Edit) throws {
        let error = #expect(throws: ModelPackError.self) { try TensorPack(change: edit.change).open() }
        #expect(error?.code == .cardInvalid)
        let text = try #require(error?.description)
        #expect(text.contains(edit.field), "\(text)")
    }

    @Test func `refuses a card that is cut anywhere`() throws {
        let pack = try TensorPack()
        let card = try Data(contentsOf: pack.folder.url.appending(path: ModelCard.fileName))
        for length in stride(from: 0, to: card.count, by: 7) {
            #expect(throws: ModelPackError.self) { try ModelCard(json: card.prefix(length)) }
        }
    }

    @Test func `reads a small tensor and strings from JSON`() throws {
        let tiny = try TensorPack(files: [
            "n.json": Data(#"{"datatype": "INT16", "shape": [2], "data": [-1, 300]}"#.utf8),
            "s.json": Data(#"{"datatype": "BYTES", "shape": [1, 2], "data": ["a", ""]}"#.utf8),
        ])
        defer { withExtendedLifetime(tiny.folder) {} }
        let pack = try tiny.open()
        #expect(try pack.tensor(at: "n.json", name: "n").content == .raw([255, 255, 44, 1], .int16))
        #expect(try pack.tensor(at: "s.json", name: "s").content == .strings([[97], []]))
    }

    static let broken: [(String, Data)] = [
        ("x.npy", Data()), ("x.npy", Data("text".utf8)), ("x.npy", TensorPack.numpy([1])),
        ("x.npy", TensorPack.numpy([1, 2], header: "{'descr': '>f4', 'fortran_order': False, 'shape': (1, 2), }\n")),
        ("x.npy", TensorPack.numpy([1, 2], header: "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }\n")),
        ("x.npy", TensorPack.numpy([1, 2], header: "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -2), }\n")),
        (
            "x.npy",
            TensorPack.numpy(
                [],
                header: "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9999999999), }\n"
            )
        ),
        ("x.npy", TensorPack.numpy([1, 2], header: "{'descr': '|O', 'fortran_order': False, 'shape': (1, 2), }\n")),
        ("n.json", Data(#"{"datatype": "INT8", "shape": [1], "data": [128]}"#.utf8)),
        ("n.json", Data(#"{"datatype": "INT8", "shape": [2], "data": [1]}"#.utf8)),
        ("n.json", Data(#"{"datatype": "INT8", "shape": [0], "data": []}"#.utf8)),
        ("n.json", Data(#"{"datatype": "BYTES", "shape": [1], "data": [1]}"#.utf8)),
        ("n.json", Data("[".utf8)),
    ]

    @Test(arguments: broken)
    func `refuses a stored tensor that is none`(path: String, data: Data) throws {
        let tiny = try TensorPack(files: [path: data])
        defer { withExtendedLifetime(tiny.folder) {} }
        let pack = try tiny.open()
        let error = #expect(throws: ModelPackError.self) { try pack.tensor(at: path, name: "x") }
        #expect(error?.code == .tensorInvalid)
        #expect(error?.subject.hasPrefix(path) == true)
    }

    @Test func `refuses a stored tensor that was changed after the check`() throws {
        let pack = try TensorPack()
        defer { withExtendedLifetime(pack.folder) {} }
        let opened = try pack.open()
        try TensorPack.numpy([1, 3]).write(to: pack.folder.url.appending(path: "x.npy"))
        let error = #expect(throws: ModelPackError.self) { try opened.tensor(at: "x.npy", name: "x") }
        #expect(error?.code == .fileChanged)
    }
}
