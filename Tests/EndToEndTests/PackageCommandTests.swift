import Foundation
import TestSupport
import Testing

/// A folder with an application's root, a configuration, a key and what stands for process 1.
private struct Workshop {
    static let kernel = ProjectFolder.dependencies.appending(path: "kernel/vmlinuz")
    static var isReady: Bool { FileManager.default.fileExists(atPath: kernel.path) || OutsideTool.isRequired }

    let folder: TemporaryFolder

    func path(_ name: String) -> String { folder.url.appending(path: name).path }

    // `noise`: files of a MiB, so that packing takes a moment.
    init(configuration: String = #"{"ApplicationPath": "/bin/app", "Name": "app"}"#, noise: Int = 0) throws {
        folder = try TemporaryFolder()
        for name in ["proc", "sys", "dev", "tmp", "run", "bin"] {
            let url = folder.url.appending(path: "tree/\(name)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }
        let program = folder.url.appending(path: "tree/bin/app")
        try Data("#!".utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        let random = try #require(try FileHandle(forReadingAtPath: "/dev/urandom")?.read(upToCount: 1 << 20))
        for index in 0..<noise { try random.write(to: folder.url.appending(path: "tree/\(index)")) }
        try Data(configuration.utf8).write(to: folder.url.appending(path: "config.json"))
        try Data([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]).write(to: folder.url.appending(path: "init"))
        #expect(try run("keygen", "-o", path("key.pem")).status == 0)
    }

    func run(_ arguments: String...) throws -> OutsideTool.Output {
        try Tool.adyton.run(arguments)
    }

    var packageArguments: [String] {
        let modules = ProjectFolder.dependencies.appending(path: "kernel/modules").path
        return [
            "package", "--owner", "0:0", "--kernel", Self.kernel.path, "--modules", modules, "--init", path("init"),
            "-o", path("app.adyton"), path("tree"), path("key.pem"), path("config.json"),
        ]
    }
}

@Suite(.enabled(if: Workshop.isReady, "run Scripts/setup.sh test"))
struct PackageCommandTests {
    private static func text(_ output: OutsideTool.Output) -> String {
        String(decoding: output.standardOutput, as: UTF8.self)
    }

    @Test func `packages, dumps, signs anew and tells signers apart`() throws {
        let shop = try Workshop()
        let made = try Tool.adyton.run(shop.packageArguments)
        #expect(made.status == 0 && made.standardError.isEmpty, "\(made.standardError)")
        #expect(try Tool.adyton.run(shop.packageArguments).status == 71)
        #expect(try Tool.adyton.run(shop.packageArguments + ["--force"]).standardOutput == made.standardOutput)
        let package = shop.path("app.adyton")
        let dump = try shop.run("dump", "--json", "--pubkey", shop.path("key.pub.pem"), package)
        let document = try #require(try JSONSerialization.jsonObject(with: dump.standardOutput) as? [String: Any])
        #expect(document["manifestDigest"] as? String == String(Self.text(made).dropLast()))
        let files = try #require(document["files"] as? [[String: Any]])
        #expect(files.contains { $0["path"] as? String == "bin/app" && $0["size"] as? Int == 2 })
        #expect(try shop.run("keygen", "--algorithm", "rsa-3072", "-o", shop.path("other.pem")).status == 0)
        #expect(try shop.run("dump", "--pubkey", shop.path("other.pub.pem"), package).status == 65)
        let signed = try shop.run("sign", "--outdir", shop.path("signed"), package, shop.path("other.pem"))
        #expect(signed.standardOutput == made.standardOutput)
        let other = shop.path("signed/app.adyton")
        #expect(try shop.run("dump", "--brief", "--pubkey", shop.path("other.pub.pem"), other).status == 0)
        let command = "openssl pkeyutl -sign -rawin -inkey \(shop.path("key.pem")) -in /dev/stdin"
        #expect(try shop.run("sign", "--signer-command", command, other, shop.path("key.pub.pem")).status == 0)
        #expect(try shop.run("dump", "--brief", "--pubkey", shop.path("key.pub.pem"), other).status == 0)
    }

    @Test func `says DEBUG before anything else`() throws {
        let shop = try Workshop(configuration: #"{"ApplicationPath": "/bin/app", "Debug": 1}"#)
        let made = try Tool.adyton.run(shop.packageArguments)
        #expect(made.status == 0 && made.standardError.contains("DEBUG"))
        #expect(Self.text(try shop.run("dump", shop.path("app.adyton"))).hasPrefix("DEBUG"))
        try Data(#"{"ApplicationPath": "/bin/app"}"#.utf8).write(to: URL(filePath: shop.path("config.json")))
        _ = try Tool.adyton.run(shop.packageArguments + ["--force"])
        let text = Self.text(try shop.run("dump", shop.path("app.adyton")))
        #expect(text.hasPrefix("Name") && text.contains("bin/app") && text.contains("Trusted base"))
    }

    @Test(arguments: [5, 50, 150, 400])
    func `leaves nothing under the final name when it is killed`(milliseconds: Int) throws {
        let shop = try Workshop(noise: 128)
        let process = Process()
        process.executableURL = Tool.adyton.executable
        process.arguments = shop.packageArguments
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let isWhole = process.terminationReason == .exit && process.terminationStatus == 0
        #expect(FileManager.default.fileExists(atPath: shop.path("app.adyton")) == isWhole)
    }

    @Test func `keeps a private key to its owner, and replaces none unasked`() throws {
        let shop = try Workshop()
        let attributes = try FileManager.default.attributesOfItem(atPath: shop.path("key.pem"))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let before = try Data(contentsOf: URL(filePath: shop.path("key.pem")))
        #expect(try shop.run("keygen", "-o", shop.path("key.pem")).status == 71)
        try FileManager.default.removeItem(atPath: shop.path("key.pem"))
        // The public half alone is reason enough.
        #expect(try shop.run("keygen", "-o", shop.path("key.pem")).status == 71)
        #expect(try shop.run("keygen", "--force", "-o", shop.path("key.pem")).status == 0)
        #expect(try Data(contentsOf: URL(filePath: shop.path("key.pem"))) != before)
    }

    @Test func `explains a configuration, and names what is wrong in one`() throws {
        let shop = try Workshop(configuration: "{\"UserMemSize\": \"2g\", // ours\n \"NoBrk\": 1}")
        let output = try shop.run("config", "explain", shop.path("config.json"))
        let text = Self.text(output)
        #expect(output.status == 0 && text.contains("UserMemSize\n") && text.contains("Nothing: brk"))
        let all = try shop.run("config", "explain", "--json")
        let keys = try JSONSerialization.jsonObject(with: all.standardOutput) as? [[String: Any]]
        #expect(keys?.count == 39)
        try Data("{\n \"UserMemSiez\": 1}".utf8).write(to: URL(filePath: shop.path("config.json")))
        let wrong = try shop.run("config", "explain", shop.path("config.json"))
        #expect(wrong.status == 65 && wrong.standardError.contains("config.json:2:2: UserMemSiez"))
        #expect(wrong.standardError.contains("UserMemSize (did you mean that?)"))
    }

    @Test(
        arguments: [
            (["package", "key.pem"], 64), (["package", "a", "b", "c", "d"], 64), (["sign", "a"], 64),
            (["package", "--signing-engine-name", "pkcs11", "a", "b", "c"], 64),
            (["dump", "/no/such/package"], 66), (["dump", "/etc/passwd"], 65), (["dump", "--signer", "ab", "x"], 64),
            (["config", "explain", "/no/such/file"], 66), (["keygen", "--algorithm", "rsa-1024"], 64),
            (["package", "--rootfs", "/no/image", "/no/key.pem", "/no/config.json"], 66),
            (["package", "--mount", "image", "a", "b", "c"], 64),
        ] as [([String], Int32)]
    )
    func `ends with a status that says what was wrong`(arguments: [String], status: Int32) throws {
        let output = try Tool.adyton.run(arguments)
        #expect(output.status == status, "\(output.standardError)")
        #expect(!output.standardError.isEmpty)
    }
}
