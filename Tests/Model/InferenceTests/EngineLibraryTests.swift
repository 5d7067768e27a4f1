import Inference
import Testing

struct EngineLibraryTests {
    private func candidates(
        of library: EngineLibrary = .onnxRuntime,
        explicit: String? = nil,
        environment: [String: String] = [:],
        executable: String
    ) -> [String] {
        library.candidates(explicit: explicit, environment: { environment[$0] }, executable: executable)
    }

    @Test func `takes what it is told, and nothing else`() {
        let environment = ["ADYTON_ONNXRUNTIME": "/b/ort.so"]
        #expect(candidates(explicit: "/a.so", environment: environment, executable: "/usr/bin/x") == ["/a.so"])
        #expect(candidates(environment: environment, executable: "/usr/bin/x") == ["/b/ort.so"])
    }

    @Test func `looks beside the program and then asks the dynamic linker`() {
        let expected = ["/usr/bin/libonnxruntime.so.1", "/usr/lib/libonnxruntime.so.1", "libonnxruntime.so.1"]
        #expect(candidates(executable: "/usr/bin/x") == expected)
        #expect(candidates(environment: ["ADYTON_ONNXRUNTIME": ""], executable: "/usr/bin/x") == expected)
        #expect(
            candidates(executable: "/x") == ["/libonnxruntime.so.1", "/lib/libonnxruntime.so.1", "libonnxruntime.so.1"]
        )
    }

    @Test func `looks into the dependencies of the checkout that a build lies in`() {
        #expect(
            candidates(executable: "/home/me/adyton/Benchmarks/.build/release/x").dropFirst(2) == [
                "/home/me/adyton/Benchmarks/.deps/onnxruntime/lib/libonnxruntime.so.1",
                "/home/me/adyton/.deps/onnxruntime/lib/libonnxruntime.so.1",
                "libonnxruntime.so.1",
            ]
        )
        #expect(
            candidates(of: .torch, executable: "/adyton/.build/debug/x") == [
                "/adyton/.build/debug/libAdytonTorch.so", "/adyton/.build/lib/libAdytonTorch.so", "libAdytonTorch.so",
            ]
        )
    }

    @Test func `goes on to the next place only where a library cannot be opened`() throws {
        let library = EngineLibrary.torch
        var tried: [String] = []
        let missing = #expect(throws: EngineError.self) {
            try library.open(explicit: nil) { place throws(EngineError) -> Int in
                tried.append(place)
                throw EngineError(.libraryMissing, subject: place, found: "refused")
            }
        }
        #expect(tried.last == "libAdytonTorch.so")
        #expect(missing?.code == .libraryMissing && missing?.subject == "PyTorch")
        #expect(missing?.found?.hasSuffix("libAdytonTorch.so: refused") == true)
        let old = #expect(throws: EngineError.self) {
            try library.open(explicit: "libAdytonTorch.so") { place throws(EngineError) -> Int in
                throw EngineError(.libraryVersion, subject: place)
            }
        }
        #expect(old?.code == .libraryVersion)
    }
}
