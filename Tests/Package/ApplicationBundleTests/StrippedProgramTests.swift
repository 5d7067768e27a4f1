import ApplicationBundle
import Foundation
import TestSupport
import Testing

/// GNU's tools, of which bundling itself starts only strip.
private struct ProgramTools {
    let compiler: OutsideTool
    let readelf: OutsideTool

    init?() {
        guard let compiler = OutsideTool(named: "cc"), let readelf = OutsideTool(named: "readelf"),
            OutsideTool(named: "strip") != nil
        else { return nil }
        (self.compiler, self.readelf) = (compiler, readelf)
    }

    /// What readelf prints.
    func text(_ arguments: [String]) async throws -> String {
        String(decoding: try await readelf.run(arguments).standardOutput, as: UTF8.self)
    }
}

/// What bundling takes out of real programs, as GNU's tools see it.
@Suite(.enabled(if: ProgramTools() != nil || OutsideTool.isRequired, "cc, strip or readelf is missing"))
struct StrippedProgramTests {
    private static let source = """
        __attribute__((section(".swift_modhash"), used)) static const char hash[] = "of /home/somebody/project";
        static int value = 7;
        int *const pointer = &value;
        int main(void) { return *pointer - 7 + (hash[0] == 'x'); }
        """

    @Test func `a program loses symbols and hashes of modules, and keeps its read-only memory and its work`()
        async throws
    {
        let tools = try #require(ProgramTools())
        let folder = try TemporaryFolder()
        let (source, program) = (folder.url.appending(path: "app.c"), folder.url.appending(path: "app"))
        try Data(Self.source.utf8).write(to: source)
        let built = try await tools.compiler.run(["-Wl,-z,relro", "-g", "-o", program.path, source.path])
        try #require(built.status == 0, "\(built.standardError)")
        #expect(try Data(contentsOf: program).range(of: Data("somebody".utf8)) != nil)

        let result = folder.url.appending(path: "result")
        _ = try AppBundle.make(AppBundle.Contents(program: program.path, at: "/bin/app"), in: result.path)
        let placed = result.appending(path: "bin/app")
        #expect(try Data(contentsOf: placed).range(of: Data("somebody".utf8)) == nil)
        let segments = try await tools.text(["--segments", "--wide", placed.path])
        #expect(segments.contains("GNU_RELRO"), "\(segments)")
        let sections = try await tools.text(["--sections", "--wide", placed.path])
        #expect(!sections.contains(".symtab") && !sections.contains(".debug_info"), "\(sections)")
        let run = try await OutsideTool(executable: placed).run([])
        #expect(run.status == 0)
    }

    @Test func `a section that leaves the file is refused`() async throws {
        let tools = try #require(ProgramTools())
        let folder = try TemporaryFolder()
        let (source, program) = (folder.url.appending(path: "app.c"), folder.url.appending(path: "app"))
        try Data(Self.source.utf8).write(to: source)
        let built = try await tools.compiler.run(["-o", program.path, source.path])
        try #require(built.status == 0, "\(built.standardError)")
        var bytes = try Data(contentsOf: program)
        // The sizes of all sections, in the table that the header leads to (e_shoff, e_shnum, sh_size).
        let table = bytes[40..<48].reversed().reduce(0) { $0 << 8 | Int($1) }
        for index in 0..<Int(bytes[60]) {
            let place = table + index * 64 + 32
            bytes.replaceSubrange(place..<place + 8, with: [UInt8](repeating: 0x7f, count: 8))
        }
        try bytes.write(to: program)
        let result = folder.url.appending(path: "result")
        #expect {
            _ = try AppBundle.make(AppBundle.Contents(program: program.path, at: "/bin/app"), in: result.path)
        } throws: {
            ($0 as? BundleError)?.code == .elfInvalid
        }
        #expect(!FileManager.default.fileExists(atPath: result.path))
    }
}
