import Foundation
import ModelPack
import TestSupport
import Testing

@Suite struct ModelPackTests {
    @Test func `opens a pack whose files are those of its card`() throws {
        let pack = try TinyPack().open()
        #expect(pack.card.name == "tiny")
        #expect(pack.labels == ["cat", "dog"])
        #expect(
            pack.files.map(\.path) == ["labels.txt", "model-card.json", "model.onnx", "model.pt", "selftest/a.png"]
        )
    }

    @Test func `gives another digest for another content, name or number of files`() throws {
        let files = [
            PackFile(path: "a", byteCount: 1, digest: Self.digest("aa")),
            PackFile(path: "b", byteCount: 2, digest: Self.digest("bb")),
        ]
        let others = [
            [files[0]],
            [files[0], PackFile(path: "c", byteCount: 2, digest: Self.digest("bb"))],
            [files[0], PackFile(path: "b", byteCount: 3, digest: Self.digest("bb"))],
            [files[0], PackFile(path: "b", byteCount: 2, digest: Self.digest("bc"))],
        ]
        for other in others {
            #expect(other.packDigest != files.packDigest)
        }
        #expect(files.reversed().packDigest == files.packDigest)
    }

    @Test(.enabled(if: OutsideTool.python.isReady, "run Scripts/setup.sh test"))
    func `computes the digest that Python's standard library computes`() async throws {
        let pack = try TinyPack()
        let program = """
            import hashlib, pathlib, struct, sys
            root = pathlib.Path(sys.argv[1]); whole = hashlib.sha256(b"adyton.model-pack/1\\n")
            paths = sorted(str(p.relative_to(root)).encode() for p in root.rglob("*") if p.is_file())
            for path in paths:
                data = (root / path.decode()).read_bytes()
                whole.update(struct.pack("<Q", len(path)) + path + struct.pack("<Q", len(data)))
                whole.update(hashlib.sha256(data).digest())
            print(whole.hexdigest(), end="")
            """
        let output = try await OutsideTool.python.run(["-c", program, pack.url.path])
        #expect(output.status == 0, "\(output.standardError)")
        #expect(String(decoding: output.standardOutput, as: UTF8.self) == "\(try pack.open().digest)")
    }

    @Test(arguments: ["labels.txt", "model.onnx", "model.pt", "selftest/a.png"])
    func `refuses a pack with one changed bit`(path: String) throws {
        let pack = try TinyPack()
        let place = pack.url.appending(path: path)
        var data = try Data(contentsOf: place)
        data[data.startIndex] ^= 1
        try data.write(to: place)
        try expect(.fileChanged, subject: path, opening: pack)
    }

    @Test(arguments: ["labels.txt", "model.onnx", "selftest/a.png", "model-card.json"])
    func `refuses a pack without one of its files`(path: String) throws {
        let pack = try TinyPack()
        try FileManager.default.removeItem(at: pack.url.appending(path: path))
        try expect(.fileMissing, subject: path, opening: pack)
    }

    @Test func `refuses a file that the card does not list`() throws {
        let pack = try TinyPack()
        try Data().write(to: pack.url.appending(path: "extra"))
        try expect(.fileUnexpected, subject: "extra", opening: pack)
    }

    @Test func `refuses a symbolic link, wherever it points`() throws {
        let pack = try TinyPack()
        let place = pack.url.appending(path: "model.onnx")
        try FileManager.default.moveItem(at: place, to: pack.url.appending(path: "other"))
        try FileManager.default.createSymbolicLink(at: place, withDestinationURL: pack.url.appending(path: "other"))
        try expect(.pathUnsafe, subject: "model.onnx", opening: pack)
    }

    @Test(arguments: ["cat\n", "cat\ndog\nbird\n", "cat\n\n", ""])
    func `refuses labels that do not fit the output`(labels: String) throws {
        #expect(throws: ModelPackError.self) { try TinyPack(labels: labels).open() }
    }

    @Test func `refuses a pack with another digest than the caller pins`() throws {
        let pack = try TinyPack()
        let error = #expect(throws: ModelPackError.self) {
            try pack.open(expecting: Self.digest("00"))
        }
        #expect(error?.code == .digestMismatch)
    }

    @Test func `says that there is no pack where there is none`() throws {
        let error = #expect(throws: ModelPackError.self) { try ModelPack(opening: URL(filePath: "/nowhere/at/all")) }
        #expect(error?.code == .unreadable)
    }

    private func expect(_ code: ModelPackError.Code, subject: String, opening pack: TinyPack) throws {
        let error = #expect(throws: ModelPackError.self) { try pack.open() }
        #expect(error?.code == code)
        #expect(error?.subject == subject)
    }

    private static func digest(_ byte: String) -> ContentDigest {
        guard let digest = ContentDigest(hexadecimal: String(repeating: byte, count: 32)) else {
            preconditionFailure("64 digits are a digest")
        }
        return digest
    }
}
