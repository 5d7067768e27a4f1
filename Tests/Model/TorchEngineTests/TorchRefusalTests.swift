#if Torch
import Foundation
import Inference
import InferenceProtocol
import TestSupport
import Testing
import TorchEngine

@Suite(.enabled(if: OutsideTool.python.isReady, "Scripts/setup.sh test brings Python with PyTorch"))
struct TorchRefusalTests {
    private func refusal(of path: String, library: String? = nil) async throws -> EngineError? {
        await #expect(throws: EngineError.self) { try await TorchModels.simple(path, library: library) }
    }

    @Test func `refuses an empty file, random bytes, text and truncations`() async throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "model.pt")
        let whole = try await Data(contentsOf: URL(filePath: TorchModels.shared.value.path("echo.pt")))
        let noise = (0..<5_000).map { (index: Int) -> UInt8 in UInt8(truncatingIfNeeded: index * index / 7) }
        var hostile: [Data] = [Data(), Data("not a model".utf8), Data(noise)]
        hostile += stride(from: 1, to: whole.count, by: 16).map { whole.prefix($0) }
        for data in hostile {
            try data.write(to: file)
            #expect(try await refusal(of: file.path)?.code == .modelInvalid, "\(data.count) bytes")
        }
    }

    @Test func `survives flipped bytes`() async throws {
        let whole = try await Data(contentsOf: URL(filePath: TorchModels.shared.value.path("echo.pt")))
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "model.pt")
        for index in stride(from: 0, to: whole.count, by: 3) {
            var flipped = whole
            flipped[index] ^= 0x55
            try flipped.write(to: file)
            do {
                _ = try await TorchModels.simple(file.path)
            } catch let error as EngineError {
                #expect([.modelInvalid, .shapeMismatch].contains(error.code), "byte \(index): \(error)")
            }
        }
    }

    @Test func `refuses a missing file and a folder`() async throws {
        let folder = try TemporaryFolder()
        #expect(try await refusal(of: folder.url.appending(path: "none.pt").path)?.code == .modelUnreadable)
        #expect(try await refusal(of: folder.url.path)?.code == .modelUnreadable)
    }

    @Test(arguments: [
        ("pair", EngineError.Code.shapeMismatch), ("number", .shapeMismatch), ("counter", .modelInvalid),
        ("memory", .modelInvalid), ("without-forward", .modelInvalid), ("state", .modelInvalid),
    ])
    func `refuses a module whose forward is another`(name: String, code: EngineError.Code) async throws {
        let path = try await TorchModels.shared.value.path("\(name).pt")
        #expect(try await refusal(of: path)?.code == code, "\(name)")
    }

    @Test func `refuses strings, and a description without the batch`() async throws {
        let path = try await TorchModels.shared.value.path("echo.pt")
        let good = TensorDescription(name: "x", dataType: .float32, shape: [-1, 3])
        for (bad, code) in [
            (TensorDescription(name: "x", dataType: .bytes, shape: [-1, 3]), EngineError.Code.dataTypeUnsupported),
            (TensorDescription(name: "x", dataType: .float32, shape: []), .modelInvalid),
        ] {
            let error = await #expect(throws: EngineError.self) {
                try await TorchEngine.load(
                    model: path,
                    inputs: [bad],
                    outputs: [good],
                    options: EngineOptions(threads: 1)
                )
            }
            #expect(error?.code == code)
        }
    }

    @Test func `says where it looked for a library that is not there`() async throws {
        let error = try await refusal(
            of: TorchModels.shared.value.path("echo.pt"),
            library: "/nowhere/libAdytonTorch.so"
        )
        #expect(error?.code == .libraryMissing)
        #expect(error?.found == "/nowhere/libAdytonTorch.so: no such file")
        #expect(error?.expected?.contains("ADYTON_LIBTORCH") == true)
    }

    @Test(.enabled(if: OutsideTool(named: "cc") != nil, "a C compiler makes the libraries"))
    func `refuses a library of another build`() async throws {
        let model = try await TorchModels.shared.value.path("echo.pt")
        let folder = try TemporaryFolder()
        let sources = [
            "int answer = 42;",
            "const void *adyton_torch_functions(void) { return 0; }",
            "static unsigned table[32] = { 999 }; const void *adyton_torch_functions(void) { return table; }",
        ]
        for (index, source) in sources.enumerated() {
            let compiler = try #require(OutsideTool(named: "cc"))
            let path = folder.url.appending(path: "\(index).so").path
            let output = try await compiler.run(
                ["-shared", "-fPIC", "-x", "c", "-", "-o", path],
                input: Data(source.utf8)
            )
            #expect(output.status == 0, "\(output.standardError)")
            #expect(try await refusal(of: model, library: path)?.code == .libraryVersion, "\(source)")
        }
        #expect(try await refusal(of: model, library: model)?.code == .libraryMissing)
    }
}
#else
import Inference
import Testing
import TorchEngine

struct TorchAbsenceTests {
    @Test func `says that the build has no PyTorch`() async {
        let error = await #expect(throws: EngineError.self) {
            try await TorchEngine.load(model: "m", inputs: [], outputs: [], options: EngineOptions(threads: 1))
        }
        #expect(error?.code == .notBuilt)
        #expect(error?.expected == "a build with the package trait Torch")
    }
}
#endif
