import Foundation
import TestSupport
import Testing

@Suite struct RootFileSystemCommandTests {
    /// A folder with a tree whose packing takes a moment.
    private static func largeTree() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let tree = folder.url.appending(path: "tree")
        try FileManager.default.createDirectory(at: tree, withIntermediateDirectories: true)
        let noise = try #require(try FileHandle(forReadingAtPath: "/dev/urandom")?.read(upToCount: 1 << 20))
        for index in 0..<256 { try noise.write(to: tree.appending(path: "\(index)")) }
        return folder
    }

    @Test func `an archive's maker learns what the format loses`() async throws {
        let folder = try TemporaryFolder()
        let path = { (name: String) in folder.url.appending(path: name).path }
        try await Shell.run(
            "cd \(folder.url.path); mkdir tree; : >tree/a; ln tree/a tree/b; : >tree/c; setfattr -n user.x -v y tree/a"
        )
        let lossy = try await Tool.adyton.run(["mkcpio", path("tree"), path("a.cpio")])
        #expect(lossy.status == 0 && lossy.standardError.contains("1 entry has extended attributes"))
        try await Shell.run("setfattr -x user.x \(path("tree/a"))")
        #expect(try await Tool.adyton.run(["mkcpio", path("tree"), path("b.cpio")]).standardError.isEmpty)
    }

    @Test(arguments: ["mkcpio", "mkext2"], [5, 20, 60, 150])
    func `leaves nothing or the whole file when it is killed`(command: String, milliseconds: Int) async throws {
        let folder = try Self.largeTree()
        let output = folder.url.appending(path: "output")
        let packing = [command, folder.url.appending(path: "tree").path, output.path]
        let program = try await RunningProgram(Tool.adyton, packing)
        try await Task.sleep(for: .milliseconds(milliseconds))
        program.signal(SIGKILL)
        let status = try await program.waitUntilEnd()
        let isThere = FileManager.default.fileExists(atPath: output.path)
        // It may be killed after the file got its name, and before it ended.
        if status != 128 + SIGKILL { #expect(isThere) }
        guard isThere else { return }
        let whole = folder.url.appending(path: "whole")
        let again = try await Tool.adyton.run([command, folder.url.appending(path: "tree").path, whole.path])
        #expect(again.status == 0)
        #expect(try Data(contentsOf: output).count == Data(contentsOf: whole).count)
    }

    @Test func `packs, signs, prints and verifies`() async throws {
        let folder = try Self.largeTree()
        let path = { (name: String) in folder.url.appending(path: name).path }
        let openssl = try #require(OutsideTool(named: "openssl"))
        _ = try await openssl.run(["genrsa", "-out", path("private.pem"), "3072"])
        _ = try await openssl.run(["rsa", "-in", path("private.pem"), "-pubout", "-out", path("public.pem")])
        let keys = "\(path("public.pem")):\(path("private.pem"))"
        let made = try await Tool.adyton.run(["mkext2", "--sign", keys, "--owner", "0:0", path("tree"), path("image")])
        #expect(made.status == 0 && made.standardError.isEmpty)
        let root = try await Tool.adyton.run(["fssig", "--roothash", path("image")])
        #expect(root.standardOutput == made.standardOutput)
        let verified = try await Tool.adyton.run(["fssig", "--json", "--pubkey", path("public.pem"), path("image")])
        let document = try JSONSerialization.jsonObject(with: verified.standardOutput) as? [String: Any]
        #expect(document?["verified"] as? Bool == true)
        #expect(document?["rootHash"] as? String == String(decoding: root.standardOutput.dropLast(), as: UTF8.self))
        #expect(try await Tool.adyton.run(["mkext2", path("tree"), path("image")]).status == 71)
        #expect(try await Tool.adyton.run(["mkext2", "--force", path("tree"), path("image")]).status == 0)
        #expect(try await Tool.adyton.run(["fssig", "--pubkey", path("public.pem"), path("image")]).status == 65)
    }

    @Test func `replaces what exists only when told, whichever command writes`() async throws {
        let folder = try TemporaryFolder()
        let path = { (name: String) in folder.url.appending(path: name).path }
        try await Shell.run("mkdir -p \(path("tree"))/d && echo x > \(path("tree"))/d/f")
        for (command, input) in [
            ("mkcpio", "tree"), ("mkext2", "tree"), ("excpio", "mkcpio.out"), ("exext2", "mkext2.out"),
        ] {
            let call = [command, path(input), path("\(command).out")]
            #expect(try await Tool.adyton.run(call).status == 0)
            let refused = try await Tool.adyton.run(call)
            #expect(refused.status == 71 && refused.standardError.contains("--force"), "\(refused.standardError)")
            #expect(try await Tool.adyton.run(call + ["--force"]).status == 0)
            #expect(try await Tool.adyton.run(call + ["-f"]).status == 0)
        }
        try await Shell.run("mkdir \(path("empty"))")
        #expect(try await Tool.adyton.run(["excpio", path("mkcpio.out"), path("empty")]).status == 0)
        let bundle = ["bundle", "/bin/true:/bin/true", path("bundle")]
        #expect(try await Tool.adyton.run(bundle).status == 0)
        let refused = try await Tool.adyton.run(bundle)
        #expect(refused.status == 71 && refused.standardError.contains("--force"), "\(refused.standardError)")
        #expect(try await Tool.adyton.run(bundle + ["--force"]).status == 0)
        #expect(try await Tool.adyton.run(["bundle", "/etc/passwd:/bin/true", path("none")]).status == 65)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
        #expect(
            left == ["bundle", "empty", "excpio.out", "exext2.out", "mkcpio.out", "mkext2.out", "tree"]
        )
    }

    @Test(
        arguments: [
            (["mkcpio", "/no/such/tree", "/tmp/adyton-none"], 66),
            (["excpio", "/no/such/archive", "/tmp/adyton-none"], 66),
            (["excpio", "/etc/passwd", "/tmp/adyton-none"], 65),
            (["mkcpio", "--owner", "root", "/etc", "/tmp/adyton-none"], 64),
            (["mkext2", "--size", "100", "/etc", "/tmp/adyton-none"], 64),
            (["mkext2", "--salt", "xy", "/etc", "/tmp/none"], 64),
            (["mkext2", "--sign", "one", "/etc", "/tmp/adyton-none"], 64), (["fssig", "/etc/passwd"], 65),
            (["fssig", "/no/such/image"], 66), (["fssig", "--json", "--roothash", "/etc/passwd"], 64),
        ] as [([String], Int32)]
    )
    func `ends with a status that says what was wrong`(arguments: [String], status: Int32) async throws {
        let output = try await Tool.adyton.run(arguments)
        #expect(output.status == status)
        #expect(!output.standardError.isEmpty)
    }
}
