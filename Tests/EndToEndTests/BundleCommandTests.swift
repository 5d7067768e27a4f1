import Foundation
import TestSupport
import Testing

@Suite struct BundleCommandTests {
    private static let needs = ["ldd", "strip"].compactMap { OutsideTool(named: $0) }
    private static let ldd = OutsideTool(named: "ldd")

    /// The names that the system's linker loads for a program.
    private static func names(_ program: String) async throws -> Set<String> {
        let output = try await #require(ldd).run([program])
        let lines = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n")
        let names = lines.compactMap { line in line.split(separator: " ").first.map(String.init) }
            .map { $0.trimmingCharacters(in: .whitespaces) }
        return Set(names.filter { !$0.hasPrefix("linux-vdso") }.map { URL(filePath: $0).lastPathComponent })
    }

    @Test(
        .enabled(if: needs.count == 2 || OutsideTool.isRequired, "ldd or strip is missing"),
        arguments: ["/bin/ls", Tool.folder.appending(path: "adyton-server").path]
    )
    func `a bundle has what ldd lists, the same under any umask, and runs`(program: String) async throws {
        let folder = try TemporaryFolder()
        let (first, second) = (folder.url.appending(path: "a").path, folder.url.appending(path: "b").path)
        let output = try await Tool.adyton.run(["bundle", "\(program):/app/bin/program", first])
        #expect(output.status == 0, "\(output.standardError)")
        let paths = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n").map(String.init)
        let placed = Set(paths.map { URL(filePath: $0).lastPathComponent })
        #expect(placed == (try await Self.names(program)).union(["program", "ld-linux-x86-64.so.2"]))
        try await Shell.run("umask 077; '\(Tool.adyton.executable.path)' bundle \(program):/app/bin/program \(second)")
        let difference = try await Tool.adyton.run(["diff", first, second])
        #expect(difference.status == 0, "\(difference.standardError)")

        let run = try await Tool.adyton.run(["exec-linux", first, "/app/bin/program", "--help"])
        #expect(run.status == 0, "\(run.standardError)")
        #expect(!run.standardOutput.isEmpty)
    }

    @Test func `a mistake is said`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "a").path
        let script = folder.url.appending(path: "script")
        try Data("#!/bin/sh\n".utf8).write(to: script)
        let none = try await Tool.adyton.run(["bundle", "\(script.path):/app", path])
        #expect(none.status == 65, "\(none.standardError)")
        #expect(none.standardError.contains("bundle.elf-invalid"))
        #expect(try await Tool.adyton.run(["bundle", "/bin/ls:relative", path]).status == 64)
        #expect(
            try await Tool.adyton.run(["bundle", "/bin/ls:/bin/ls", folder.url.path]).standardError.contains("--force")
        )
    }
}
