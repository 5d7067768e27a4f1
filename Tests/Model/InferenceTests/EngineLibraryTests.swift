import Inference
import Installation
import Testing

struct EngineLibraryTests {
    private func candidates(
        of library: EngineLibrary = .onnxRuntime,
        explicit: String? = nil,
        environment: [String: String] = [:],
        executable: String = "/usr/bin/x"
    ) -> [String] {
        library.candidates(
            explicit: explicit,
            environment: { environment[$0] },
            locator: PartLocator(executable: executable, namedFolder: environment[PartLocator.folderVariable])
        )
    }

    @Test func `takes what it is told, and nothing else`() {
        let environment = ["ADYTON_ONNXRUNTIME": "/b/ort.so", "ADYTON_SHARE": "/parts"]
        #expect(candidates(explicit: "/a.so", environment: environment) == ["/a.so"])
        #expect(candidates(environment: environment) == ["/b/ort.so"])
    }

    @Test func `looks beside the program, then into the installation, and then asks the dynamic linker`() {
        let expected = [
            "/usr/bin/libonnxruntime.so.1", "/usr/lib/libonnxruntime.so.1", "/usr/lib/adyton/libonnxruntime.so.1",
            "/usr/share/adyton/libonnxruntime.so.1", "libonnxruntime.so.1",
        ]
        #expect(candidates() == expected)
        #expect(candidates(environment: ["ADYTON_ONNXRUNTIME": ""]) == expected)
        #expect(candidates(environment: ["ADYTON_SHARE": "/parts"]).contains("/parts/libonnxruntime.so.1"))
        #expect(candidates(executable: "/x").prefix(2) == ["/libonnxruntime.so.1", "/lib/libonnxruntime.so.1"])
    }

    @Test func `looks into the project that a build belongs to`() {
        #expect(
            candidates(executable: "/home/me/adyton/Benchmarks/.build/release/x").suffix(3) == [
                "/home/me/adyton/Benchmarks/.deps/onnxruntime/lib/libonnxruntime.so.1",
                "/home/me/adyton/.deps/onnxruntime/lib/libonnxruntime.so.1",
                "libonnxruntime.so.1",
            ]
        )
        let torch = candidates(of: .torch, executable: "/adyton/.build/debug/x")
        #expect(torch.first == "/adyton/.build/debug/libAdytonTorch.so" && torch.last == "libAdytonTorch.so")
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
        #expect(missing?.found?.hasSuffix("\n  libAdytonTorch.so: refused") == true)
        let old = #expect(throws: EngineError.self) {
            try library.open(explicit: "libAdytonTorch.so") { place throws(EngineError) -> Int in
                throw EngineError(.libraryVersion, subject: place)
            }
        }
        #expect(old?.code == .libraryVersion)
    }
}
