import Crypto
import Foundation
import ModelPack
import TestSupport

/// A pack of the second schema of a few bytes, to be broken by a test.
struct TensorPack {
    let folder: TemporaryFolder

    /// - Parameters:
    ///   - files: Further files, by path; nil takes one away.
    ///   - change: Edits the card before it is written.
    /// - Throws: Foundation's error where a file cannot be written.
    init(files: [String: Data?] = [:], change: (inout [String: Any]) -> Void = { _ in }) throws {
        folder = try TemporaryFolder()
        var contents: [String: Data] = ["model.onnx": Data("not a model".utf8), "x.npy": Self.numpy([1, 2])]
        for (path, data) in files { contents[path] = data }
        var entries: [String: Any] = [:]
        for (path, data) in contents {
            try data.write(to: folder.url.appending(path: path))
            let digest = SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined()
            entries[path] = ["sha256": digest, "bytes": data.count] as [String: Any]
        }
        var card = Self.card
        card["files"] = entries
        change(&card)
        try JSONSerialization.data(withJSONObject: card).write(to: folder.url.appending(path: ModelCard.fileName))
    }

    /// Opens the pack while its folder is kept.
    func open() throws -> ModelPack {
        try withExtendedLifetime(folder) { try ModelPack(opening: folder.url) }
    }

    /// An `.npy` file of one row of float32.
    static func numpy(
        _ numbers: [Float],
        header: String = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n"
    ) -> Data {
        var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
        data.append(contentsOf: [UInt8(header.utf8.count), 0])
        data.append(Data(header.utf8))
        for number in numbers {
            for place in 0..<4 { data.append(UInt8(truncatingIfNeeded: number.bitPattern >> UInt32(8 * place))) }
        }
        return data
    }

    static func input(_ changes: [String: Any] = [:]) -> [String: Any] {
        ["name": "x", "datatype": "FP32", "shape": [-1, 2], "description": "numbers"].merging(changes) { $1 }
    }

    static func output(_ changes: [String: Any] = [:]) -> [String: Any] {
        [
            "name": "y", "datatype": "FP32", "shape": [-1, 2], "description": "more numbers",
            "crossCheck": ["absolute": 0.001, "relative": 0.0],
        ].merging(changes) { $1 }
    }

    static func test(_ changes: [String: Any] = [:]) -> [String: Any] {
        [
            "inputs": ["x": "x.npy"],
            "outputs": ["y": ["file": "x.npy", "absolute": 0.1, "relative": 0.0] as [String: Any]],
        ].merging(changes) { $1 }
    }

    private static var card: [String: Any] {
        [
            "schema": "adyton.model-card/2",
            "name": "tensors",
            "version": "1",
            "licence": "MIT",
            "origin": "a test",
            "summary": "Nothing.",
            "intendedUse": "Tests.",
            "limitations": "All.",
            "engines": ["onnx"],
            "batching": ["maximum": 4],
            "inputs": [input()],
            "outputs": [output()],
            "selfTest": [test()],
        ]
    }
}
