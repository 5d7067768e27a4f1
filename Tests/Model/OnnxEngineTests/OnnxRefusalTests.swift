#if Onnx
import Foundation
import Inference
import OnnxEngine
import TestSupport
import Testing

@Suite(.enabled(if: OutsideTool.python.isReady, "Scripts/setup.sh test brings Python with ONNX Runtime"))
struct OnnxRefusalTests {
    private func refusal(of path: String, library: String? = nil) async throws -> EngineError? {
        await #expect(throws: EngineError.self) {
            try await OnnxEngine.load(model: path, options: EngineOptions(threads: 1), library: library)
        }
    }

    @Test func `refuses an empty file, random bytes, text and every truncation`() async throws {
        let models = try await OnnxModels.shared.value
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "model.onnx")
        let whole = try Data(contentsOf: URL(filePath: models.path("linear.onnx")))
        var generator = SplitMix(state: 1)
        var hostile: [Data] = [Data(), Data("not a model".utf8)]
        hostile += (0..<50).map { _ in Data((0..<500).map { _ in UInt8.random(in: 0...255, using: &generator) }) }
        hostile += (1..<whole.count).map { whole.prefix($0) }
        for data in hostile {
            try data.write(to: file)
            // The last bytes of a model are its versions; without some of them it may be a model still.
            do {
                let engine = try await OnnxEngine.load(model: file.path, options: EngineOptions(threads: 1))
                #expect(engine.inputs.map(\.name) == ["x"], "\(data.count) bytes")
            } catch let error as EngineError {
                #expect([.modelInvalid, .dataTypeUnsupported].contains(error.code), "\(data.count) bytes: \(error)")
            }
        }
    }

    @Test func `survives a flip of every byte`() async throws {
        let whole = try await Data(contentsOf: URL(filePath: OnnxModels.shared.value.path("linear.onnx")))
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "model.onnx")
        for index in whole.indices {
            var flipped = whole
            flipped[index] ^= 0x55
            try flipped.write(to: file)
            do {
                _ = try await OnnxEngine.load(model: file.path, options: EngineOptions(threads: 1))
            } catch let error as EngineError {
                #expect([.modelInvalid, .dataTypeUnsupported].contains(error.code), "byte \(index): \(error)")
            }
        }
    }

    @Test func `refuses a missing file and a folder`() async throws {
        let folder = try TemporaryFolder()
        #expect(try await refusal(of: folder.url.appending(path: "none.onnx").path)?.code == .modelUnreadable)
        #expect(try await refusal(of: folder.url.path)?.code == .modelUnreadable)
        #expect(try await refusal(of: "/dev/null")?.code == .modelUnreadable)
    }

    @Test func `refuses a type that no client can send, and a scalar of a model that is batched`() async throws {
        let models = try await OnnxModels.shared.value
        let complex = try await refusal(of: models.path("sequence.onnx"))
        #expect(complex?.code == .dataTypeUnsupported)
        #expect(complex?.subject == "y")
        #expect(try await refusal(of: models.path("scalar.onnx"))?.code == .modelInvalid)
    }

    @Test func `reads external data from beside the model, and from nowhere else`() async throws {
        let models = try await OnnxModels.shared.value
        let engine = try await OnnxModels.engine("external/beside")
        let x = Tensor(name: "x", shape: [1, 3], elements: [0, 0, 0])
        #expect(try await engine.run(TensorBatch([x]))["y"]?.elements == [1, 2, 3])
        for name in ["parent", "absolute", "linked"] {
            #expect(try await refusal(of: models.path("external/\(name).onnx"))?.code == .modelInvalid, "\(name)")
        }
    }

    @Test func `says where it looked for a library that is not there`() async throws {
        let model = try await OnnxModels.shared.value.path("linear.onnx")
        let error = try await refusal(of: model, library: "/nowhere/libonnxruntime.so.1")
        #expect(error?.code == .libraryMissing)
        #expect(error?.found == "/nowhere/libonnxruntime.so.1: no such file")
        #expect(error?.expected?.contains("Scripts/setup.sh") == true)
    }

    @Test(.enabled(if: OutsideTool(named: "cc") != nil, "a C compiler makes the libraries"))
    func `refuses a library that is old, another one or none`() async throws {
        let model = try await OnnxModels.shared.value.path("linear.onnx")
        let folder = try TemporaryFolder()
        func library(_ name: String, _ source: String) async throws -> String {
            let compiler = try #require(OutsideTool(named: "cc"))
            let path = folder.url.appending(path: name).path
            let output = try await compiler.run(
                ["-shared", "-fPIC", "-x", "c", "-", "-o", path],
                input: Data(source.utf8)
            )
            #expect(output.status == 0, "\(output.standardError)")
            return path
        }
        func runtime(_ version: String) -> String {
            """
            static const void *table(unsigned v) { return 0; }
            static const char *version(void) { return "\(version)"; }
            static const struct { const void *(*t)(unsigned); const char *(*v)(void); } base = { table, version };
            const void *OrtGetApiBase(void) { return &base; }
            """
        }
        for (index, version) in ["0.9.0", "1.4.9", "2.0.0", "1.32.0", "one", ""].enumerated() {
            let error = try await refusal(of: model, library: library("old\(index).so", runtime(version)))
            #expect(error?.code == .libraryVersion, "\(version)")
            #expect(error?.found == version)
        }
        let other = try await refusal(of: model, library: library("other.so", "int answer = 42;"))
        #expect(other?.code == .libraryVersion)
        #expect(try await refusal(of: model, library: model)?.code == .libraryMissing)
    }
}

/// Random numbers that are the same in every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
#else
import Inference
import OnnxEngine
import Testing

struct OnnxAbsenceTests {
    @Test func `says that the build has no ONNX Runtime`() async {
        let error = await #expect(throws: EngineError.self) {
            try await OnnxEngine.load(model: "m", options: EngineOptions(threads: 1))
        }
        #expect(error?.code == .notBuilt)
        #expect(error?.expected == "a build with the package trait Onnx")
    }
}
#endif
